"""`python -m mailrouter`."""

from mailrouter.cli import main

if __name__ == "__main__":
    main()
