"""What may be told, in a log or on a screen that many see, of what a server said.

A reply can hold the address or the name of a person, or words of a mail that it refuses. So it is not searched for
these: the codes and the words of the trade below are let through, and all else is left out.
"""

import re

_TRADE = """
    a about abort aborted accept accepted access account accounts active actively address addresses after again
    all allowed already an and answer any application are as at attachment attempts auth authenticate
    authenticated authentication authorization authorized auto back backend bad banned be because been being
    blacklisted blocked body bounce box but by bye can cannot certificate change changed check client clients
    close closed closing code come command commands concurrent config configuration connect connected connection
    connections contact content continuous could credentials currently daily data database deferred deleted
    delivered delivery denied depth detected disabled disk dkim dmarc dns do does doesn't domain due duplicate
    during encrypted encryption end error errors exceed exceeded exceeds exist exists expected expired external
    failed failure fatal fetch file filter first folder for forbidden format found from full generic get
    greylisted greylisting had has have header helo hold host hostname idle if in inactive inbox input
    insufficient internal invalid ip is it its large later layer length level limit limited limits line list
    listed literal local locked log logged login lookup loop mail mailbox mailboxes malformed many max maximum
    may me memory message messages method missing more moved must name need needed needs network new no not now
    number of off ok old on once one only open operation or order originator out over parse password path
    perhaps permanent permanently permission permissions permitted please policy port postmaster privileges
    problem process processing program prohibited protocol queue queued quota rate reached read reason received
    recipient recipients record refused reject rejected rejecting relay relaying remote reply request requests
    required reset resource resources response reverse right rights roll route rule same secure select send
    sender senders sending sends sent sequence server service session shutdown shutting size smtp software space
    spam spf start state status still storage store stream string submission submit such supported suspended
    syntax system table take taken temporarily temporary terminated than that the their then there this thread
    throttled time timed timeout tls to token too transaction transmission traffic transient try unable
    unauthenticated unauthorized unavailable undeliverable unexpected unknown unrouteable unsolicited up use
    used user users using valid verification verify version virtual virus volume wait was we were while with
    writable within without wrong you your accountdisabled alert alreadyexists appendlimit authenticationfailed
    authorizationfailed badcharset clientbug contactadmin corruption expungeissued inuse nonexistent noperm
    overquota privacyrequired serverbug toobig trycreate uidvalidity sendasdenied storedrv clientsubmit deliver
    resolver routing smtpclientauthentication mapiexceptionshutoffquotaexceeded mapiexceptionquotaexceeded
    quotaexceededexception submissionquotaexceededexception mapiexceptionsendasdenied exception imap pop
    invalid_client invalid_grant invalid_request invalid_scope unauthorized_client unsupported_grant_type
    temporarily_unavailable access_denied server_error gives secret audience scope assertion
    starttls unsuccessful xoauth2 oauthbearer sasl plain ehlo rcpt noop uid copy move append examine search
"""
_WORDS = frozenset(_TRADE.split())
_CODE = re.compile(r"[2-5]\d\d|\d\.\d{1,3}\.\d{1,3}|AADSTS\d{4,9}")
_TOKEN = re.compile(r"\S*@\S*|[^\W\d_][\w'-]*|[\w.]*\w|[^\x20-\x7e]")
_ADDRESS = re.compile(r"[^\s<>\"'(),;:=]+@[^\s<>\"'(),;:=]+")
_LEFT_OUT = "…"
_SEVERAL = re.compile("…(?:[^A-Za-z0-9]*…)+")


def telling(said: str) -> str:
    """The words of the trade in what a server said; "…" stands for all that is left out.

    "550 5.1.1 <a.b@c.example> Jan: User unknown" → "550 5.1.1 …: User unknown"
    """
    return _SEVERAL.sub(_LEFT_OUT, _TOKEN.sub(_told, said))


def _told(token: re.Match[str]) -> str:
    known = token[0].lower() in _WORDS or _CODE.fullmatch(token[0])
    return token[0] if known else _LEFT_OUT


def without_addresses(text: str) -> str:
    """A text of ours without the addresses that may stand in it."""
    return _ADDRESS.sub(_LEFT_OUT, text)
