"""`python -m expc`, as the rules call it."""

from expc.cli import main

if __name__ == "__main__":
    main()
