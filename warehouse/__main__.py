"""The keeper's commands: keys, generate, refresh, publish, handback, status, backup, restore, release-batch, links,
override, erase-person.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from warehouse import paths
from warehouse.errors import WarehouseError

MOST_PLACES = 3
Command = Callable[[argparse.Namespace], int]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m warehouse", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for add in (_keys, _generate, _refresh, _publish, _handback, _status, _backup, _restore):
        add(commands)
    for add in (_release_batch, _links, _override, _erase_person):
        add(commands)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except WarehouseError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code


def _add(commands: argparse._SubParsersAction, name: str, text: str, run: Command) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text)
    command.set_defaults(run=run)
    if name != "generate":
        command.add_argument("--home", help="the data folder (default: WAREHOUSE_DATA, else ./data)")
    return command


def _keys(commands: argparse._SubParsersAction) -> None:
    def run(options: argparse.Namespace) -> int:
        from warehouse.keys import create_keys, load_keys

        home = paths.home(options.home)
        made = create_keys(home)
        fingerprint = load_keys(home).fingerprint()
        print(f"· keys {'made' if made else 'stand'} in {home.keys}, fingerprint {fingerprint}")
        return 0

    _add(commands, "keys", "make the installation's two keys, once, outside the data folder", run)


def _generate(commands: argparse._SubParsersAction) -> None:
    def run(options: argparse.Namespace) -> int:
        from warehouse import generate

        written = generate.main(options.check)
        print(f"· generated files: {'current' if options.check or not written else f'{len(written)} written'}")
        return 0

    command = _add(commands, "generate", "write the files that are made from the agreements", run)
    command.add_argument("--check", action="store_true", help="write nothing; fail when one is stale")


def _refresh(commands: argparse._SubParsersAction) -> None:
    def run(options: argparse.Namespace) -> int:
        from warehouse.refresh import last_sunday, refresh

        return refresh(paths.home(options.home), options.as_of or last_sunday())

    command = _add(commands, "refresh", "take in the inbox, build, gate and publish", run)
    command.add_argument(
        "--as-of", type=date.fromisoformat, help="YYYY-MM-DD (default: the last Sunday that has ended)"
    )


def _publish(commands: argparse._SubParsersAction) -> None:
    def run(options: argparse.Namespace) -> int:
        from warehouse.process_lock import hold_lock
        from warehouse.publishing import publish

        home = paths.home(options.home)
        with hold_lock(home):
            build = publish(home, options.build, options.keep)
        print(f"· published {build.id}", file=sys.stderr)
        print(build.id)
        return 0

    from warehouse.publishing import KEPT_BUILDS

    command = _add(commands, "publish", "show a build that has passed its gate; an older one to go back", run)
    command.add_argument("--build", help="the build's id (default: the one judged last)")
    command.add_argument("--keep", type=int, default=KEPT_BUILDS, help="builds to keep")


def _handback(commands: argparse._SubParsersAction) -> None:
    def run(options: argparse.Namespace) -> int:
        from warehouse.handback import write_packs

        write_packs(paths.home(options.home), say=lambda line: print(f"· {line}", file=sys.stderr))
        return 0

    _add(commands, "handback", "write what goes back to the bureaus", run)


def _status(commands: argparse._SubParsersAction) -> None:
    def run(options: argparse.Namespace) -> int:
        from warehouse.builds import list_builds
        from warehouse.publishing import current_build, gate_results, last_attempt

        home = paths.home(options.home)
        shown, attempt = current_build(home), last_attempt(home)
        print(f"data      {home.root}")
        print(f"shown     {f'{shown.id}, as of {shown.as_of}' if shown else 'nothing'}")
        told = f"{attempt['outcome']} at {attempt['started_at']} {attempt['message']}".strip() if attempt else "none"
        print(f"attempt   {told}")
        print(f"waiting   {len(list(home.inbox.glob('*'))) if home.inbox.is_dir() else 0} files in the inbox")
        for build in list_builds(home):
            counts = build.receipt["counts"]
            print(f"build     {build.id}  {counts['passed']} passed, {counts['warning_failed']} warnings")
        judged = (attempt and attempt["build_id"]) or (shown.id if shown else "")
        for result in gate_results(home, judged) if judged else []:
            if result["status"] in ("failed", "errored") and result["severity"] != "info":
                places = ", ".join(finding["subject"] for finding in result["findings"][:MOST_PLACES])
                print(f"{result['severity']:9} {result['rule_id']} {result['status']}: {result['title_en']} · {places}")
        return 0

    _add(commands, "status", "what is shown, what stands ready, how the last refresh went", run)


def _backup(commands: argparse._SubParsersAction) -> None:
    def run(options: argparse.Namespace) -> int:
        from warehouse.backup import back_up

        count = back_up(paths.home(options.home), options.to, options.keys_to)
        print(f"· {count} files backed up to {options.to}; keys to {options.keys_to or 'nowhere: keep them yourself'}")
        return 0

    command = _add(commands, "backup", "copy what can't be made again to an empty folder", run)
    command.add_argument("--to", type=Path, required=True, help="an empty or new folder")
    command.add_argument("--keys-to", type=Path, help="another folder, for the keys; never beside the data")


def _restore(commands: argparse._SubParsersAction) -> None:
    def run(options: argparse.Namespace) -> int:
        from warehouse.backup import restore

        count = restore(options.source, paths.home(options.home), options.keys_from)
        print(f"· {count} files restored; next: python -m warehouse refresh")
        return 0

    command = _add(commands, "restore", "bring a backup back into an empty installation", run)
    command.add_argument("--from", dest="source", type=Path, required=True, help="the backup's folder")
    command.add_argument("--keys-from", type=Path, help="the folder that holds the keys' copy")


def _release_batch(commands: argparse._SubParsersAction) -> None:
    def run(options: argparse.Namespace) -> int:
        from warehouse.journal import open_journal, record_batch_release
        from warehouse.manifests import read_manifests

        home = paths.home(options.home)
        if options.batch not in {manifest.batch_id for manifest in read_manifests(home)}:
            raise WarehouseError("there is no such batch", found=options.batch, remedy="python -m warehouse status")
        steward = options.steward or getpass.getuser()
        with open_journal(home.journal) as connection:
            record_batch_release(connection, options.batch, steward=steward, reason=options.reason)
        print(f"· batch {options.batch} is let in from the next refresh on")
        return 0

    command = _add(commands, "release-batch", "let a held batch in, on a steward's word", run)
    command.add_argument("--batch", required=True, help="the batch's id, as `status` names it")
    _answer_for(command)


def _links(commands: argparse._SubParsersAction) -> None:
    def show(options: argparse.Namespace) -> int:
        from warehouse.decisions import list_proposals

        for entry in list_proposals(paths.home(options.home)):
            decided = f"{entry.decision.decision} {entry.decision.decided_at[:10]}" if entry.decision else "open"
            if options.all or not entry.decision:
                pair = entry.pair
                state = f"{decided}, ambiguous" if entry.is_ambiguous else decided
                print(f"{pair.subject_key} {pair.person_key} {pair.score:.4f} {pair.feed_id or '-'} {state}")
                print(f"          {pair.match_reasons}")
        return 0

    def settle(options: argparse.Namespace) -> int:
        from warehouse.decisions import decide

        number = decide(
            paths.home(options.home),
            options.subject,
            options.person,
            "undo" if options.action == "undo" else options.decision,
            reason=options.reason,
            steward=options.steward or getpass.getuser(),
        )
        print(f"· decision {number} counts from the next refresh on")
        return 0

    actions = _group(commands, "links", "rows without a usable number and the persons they may be")
    listing = _add(actions, "list", "what waits for a decision", show)
    listing.add_argument("--all", action="store_true", help="what is decided too")
    for name, text in (("decide", "say that a row is a person's, or isn't"), ("undo", "take the last word back")):
        command = _add(actions, name, text, settle)
        command.add_argument("--subject", required=True, help="the row's key, as `links list` names it")
        command.add_argument("--person", required=True, help="the person's key")
        if name == "decide":
            command.add_argument("--decision", required=True, choices=("link", "distinct"))
        _answer_for(command)


def _override(commands: argparse._SubParsersAction) -> None:
    def show(options: argparse.Namespace) -> int:
        from warehouse.decisions import list_overrides

        for entry in list_overrides(paths.home(options.home)):
            print(f"{entry.override_id} {entry.status} to {entry.expires_on} {entry.feed_id} {entry.row_key}")
            print(f"        {entry.column_name}: {entry.old_value or 'empty'} → {entry.new_value or 'empty'}")
        return 0

    def add(options: argparse.Namespace) -> int:
        from warehouse.decisions import add_override

        number = add_override(
            paths.home(options.home),
            options.feed,
            options.row,
            options.column,
            options.value,
            expires_on=options.expires,
            reason=options.reason,
            steward=options.steward or getpass.getuser(),
        )
        print(f"· override {number} applies from the next refresh on, to {options.expires}")
        return 0

    def withdraw(options: argparse.Namespace) -> int:
        from warehouse.decisions import withdraw_override

        steward = options.steward or getpass.getuser()
        withdraw_override(paths.home(options.home), options.override, reason=options.reason, steward=steward)
        print(f"· override {options.override} is withdrawn from the next refresh on")
        return 0

    actions = _group(commands, "override", "single values that stand in place of what a bureau sends")
    _add(actions, "list", "every override as it stands", show)
    command = _add(actions, "add", "put another value in place of what a bureau sends", add)
    command.add_argument("--feed", required=True, help="e.g. finance__payments")
    command.add_argument("--row", required=True, help="the row's key (_row_key)")
    command.add_argument("--column", required=True)
    command.add_argument("--value", required=True, help="the new value; empty for none")
    command.add_argument("--expires", required=True, type=date.fromisoformat, help="YYYY-MM-DD, its last day")
    _answer_for(command)
    command = _add(actions, "withdraw", "take an override back", withdraw)
    command.add_argument("--override", required=True, help="its number, as `override list` names it")
    _answer_for(command)


def _group(commands: argparse._SubParsersAction, name: str, text: str) -> argparse._SubParsersAction:
    return commands.add_parser(name, help=text, description=text).add_subparsers(dest="action", required=True)


def _erase_person(commands: argparse._SubParsersAction) -> None:
    def run(options: argparse.Namespace) -> int:
        from warehouse.erasure import erase_person

        number = sys.stdin.readline().strip()
        held = erase_person(
            paths.home(options.home), number, steward=options.steward or getpass.getuser(), reason=options.reason
        )
        print("· erased from the vault" if held else "· the vault held nobody of that number; the erasure is recorded")
        return 0

    text = "take a person out of the vault; the number comes on standard input, never as an argument"
    command = _add(commands, "erase-person", text, run)
    _answer_for(command)


def _answer_for(command: argparse.ArgumentParser) -> None:
    command.add_argument("--reason", required=True)
    command.add_argument("--steward", help="who answers for it (default: the user at work)")


if __name__ == "__main__":
    sys.exit(main())
