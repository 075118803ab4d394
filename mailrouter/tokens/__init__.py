"""Tokens instead of passwords (`login: oauth`): one for all connections, renewed before it ends.

    Exception
    └── NoToken            no token now: the service is away, or talks nonsense; ask again soon
        └── TokenRefused   the service will not give us one; ask again after five minutes, and call people

What is said in them is safe to log: neither a secret nor a token is ever in it.
"""

from mailrouter.tokens.assertion import expires
from mailrouter.tokens.cache import Tokens
from mailrouter.tokens.service import NoToken, Token, TokenRefused, TokenService

__all__ = ["NoToken", "Token", "TokenRefused", "TokenService", "Tokens", "expires"]
