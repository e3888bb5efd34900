"""The command line: `python manage.py --help`. What each command does is written in `commands/`."""

from commands import cli

__all__ = ["cli"]

if __name__ == "__main__":
    cli()
