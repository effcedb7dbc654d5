#!/usr/bin/python3
# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""A pinentry that stands where the person is: it speaks the Assuan protocol and answers as a test has written down.

Its one argument is a directory: `answers.json` says what to do, `shown.jsonl` records what it was told and answered.
"""

import json
import os
import re
import sys
import time
from pathlib import Path
from urllib.parse import unquote

CANCELLED = "ERR 83886179 Operation cancelled <Pinentry>"
NOT_CONFIRMED = "ERR 83886194 Not confirmed <Pinentry>"
REFUSING = re.compile(r"\b(no|not|deny|refuse|decline|cancel|reject)\b", re.IGNORECASE)


class Script:
    """What the test wants: a JSON object in a file that is read anew for every dialog."""

    def __init__(self, directory):
        self.directory = Path(directory)

    def record(self, **event):
        """Writes down what happened."""
        event["pid"] = os.getpid()
        event["time"] = time.time()
        with (self.directory / "shown.jsonl").open("a") as file:
            file.write(json.dumps(event) + "\n")

    def read(self):
        """The answers as they are now."""
        return json.loads((self.directory / "answers.json").read_text())

    def next_pin(self):
        """Takes the first of the PINs that were written down; the last one stays."""
        answers = self.read()
        pins = answers.get("pins", [])
        if len(pins) > 1:
            answers["pins"] = pins[1:]
            fresh = self.directory / "answers.json.taken"
            fresh.write_text(json.dumps(answers))
            fresh.replace(self.directory / "answers.json")
        return pins[0] if pins else None


class Dialog:
    """One conversation."""

    def __init__(self, script):
        self.script = script
        self.fields = {}

    def run(self):
        """Answers commands until the conversation ends."""
        self.script.record(event="started", terminal=os.environ.get("GPG_TTY"), arguments=sys.argv[2:])
        self.say("OK Pleased to meet you")
        for line in sys.stdin:
            command, _, argument = line.rstrip("\n").partition(" ")
            if command == "BYE":
                self.say("OK closing connection")
                break
            handler = getattr(self, f"on_{command.lower()}", None)
            if handler:
                handler(argument)
            else:
                if command.startswith("SET"):
                    self.fields[command[3:].lower()] = unquote(argument)
                self.say("OK")
        self.script.record(event="ended")

    def on_getinfo(self, what):
        """Tells about this pinentry."""
        answers = {"pid": str(os.getpid()), "version": "1.2.1", "flavor": "scripted", "ttyinfo": "- - - - 0/0 0"}
        if what in answers:
            self.say(f"D {answers[what]}")
        self.say("OK")

    def on_confirm(self, argument):
        """Answers a question by the label of its buttons."""
        answers = self.script.read()
        self.script.record(event="confirm", argument=argument, **self.fields)
        answer = self.wait_for_answer(answers, answers.get("consent", "approve"))
        self.script.record(event="answered", answer=answer)
        if answer == "close":
            self.say(CANCELLED)
        else:
            self.say(self.button(approving=answer == "approve"))

    def button(self, approving):
        """The reply that stands for the button which refuses, or for the one which does not."""
        labels = {"OK": self.fields.get("ok", "OK")}
        if "notok" in self.fields:
            labels[NOT_CONFIRMED] = self.fields["notok"]
        labels[CANCELLED] = self.fields.get("cancel", "Cancel")
        for reply, label in labels.items():
            if bool(REFUSING.search(label.replace("_", ""))) != approving:
                return reply
        return CANCELLED

    def on_message(self, argument):
        """Confirms that a message was read."""
        self.script.record(event="message", argument=argument, **self.fields)
        self.say("OK")

    def on_getpin(self, argument):
        """Types a PIN."""
        answers = self.script.read()
        self.script.record(event="getpin", argument=argument, **self.fields)
        answer = self.wait_for_answer(answers, answers.get("pin_action", "type"))
        pin = self.script.next_pin() if answer in ("type", "approve") else None
        self.script.record(event="answered", answer="typed" if pin else "cancelled")
        self.fields.pop("error", None)
        if pin is None:
            self.say(CANCELLED)
            return
        if "repeat" in self.fields:
            self.say("S PIN_REPEATED")
        self.say(f"D {pin.replace('%', '%25')}")
        self.say("OK")

    def wait_for_answer(self, answers, answer):
        """Takes a person's time to answer; on `wait`, waits until the test writes another answer down."""
        time.sleep(answers.get("delay", 0.7))
        while answer == "wait":
            time.sleep(0.02)
            current = self.script.read()
            answer = current.get("consent", "wait")
            if os.getppid() == 1:
                sys.exit(0)
        return answer

    @staticmethod
    def say(line):
        """Sends a line."""
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    Dialog(Script(sys.argv[1])).run()
