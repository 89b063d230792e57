"""Run the command as `python -m sdk`."""

from sdk.cli import main

if __name__ == "__main__":
    main()
