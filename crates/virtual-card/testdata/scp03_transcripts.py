# SPDX-License-Identifier: Apache-2.0
"""Writes transcripts/scp03.txt: sessions with the built-in card.

The host's half, and what the card must answer, come from the second implementation of SCP03 in
crates/scp03/testdata; the plain answers are written down here from the standards.

    pip install pycryptodome
    python3 scp03_transcripts.py > transcripts/scp03.txt
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "scp03" / "testdata"))

from scp03_reference import AID, Session, apdu, class_byte, kdf, made_up  # noqa: E402

KEY = bytes.fromhex("404142434445464748494a4b4c4d4e4f")
KEYS = {"enc": KEY, "mac": KEY, "dek": KEY}
KEY_VERSION = 0x30
EXAMPLE = bytes.fromhex((Path(__file__).parent / "published_example.hex").read_text())
FILE = EXAMPLE.ljust(256, b"\xff")
FCP = bytes.fromhex("621B8202412183026432A503C001008A01058B036F0601800201008800")
ODF = bytes.fromhex("A706300404026430")
PIN = b"1234" + b"\xff" * 4
ADM1 = b"8" * 8


def shown(data):
    return data.hex(" ").upper()


def say(*lines):
    print(*lines, sep="\n")


def card(comment, quirks=(), **settings):
    say(f"# {comment}", "card")
    for key, value in settings.items():
        say(f"set {key.replace('__', '.')} = {value}")
    for quirk in quirks:
        say(f"set quirks.{quirk} = true")


def exchange(sent, answered):
    say(f"> {shown(bytes.fromhex(sent))}", f"< {shown(bytes.fromhex(answered))}")


def note(comment):
    say(f"# {comment}")


def select(channel=0, aid=AID):
    exchange(apdu(class_byte(False, channel, False), 0xA4, 0x04, 0x0C, aid, None).hex(), "9000")


def random(seed, length):
    """SplitMix64."""
    mask, output = (1 << 64) - 1, b""
    while len(output) < length:
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        z = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        output += (z ^ (z >> 31)).to_bytes(8, "big")
    return output[:length]


class Host:
    """A session from the host's side, on one logical channel."""

    def __init__(self, counter=1, level=0x33, size=8, i=None, channel=0, version=KEY_VERSION,
                 told_version=None, seed=None, told_counter=None, counts_all=True, aid=AID,
                 diversification_data=bytes(10)):
        self.channel, self.size, self.version, self.level = channel, size, version, level
        self.challenge = made_up(f"host {counter} {level} {size} {channel}", size)
        if seed is None:
            context = counter.to_bytes(3, "big") + aid
            card_challenge = kdf(KEY, 0x02, 8 * size, context)
        else:
            card_challenge = random(seed, size)
        self.session = Session(KEYS, size, level, self.challenge, card_challenge, counts_all)
        if i is None:
            i = 0x60 | (size == 16) | (0x10 if seed is None else 0)
        if told_counter is None:
            told_counter = seed is None
        told = counter.to_bytes(3, "big") if told_counter else b""
        told_version = KEY_VERSION if told_version is None else told_version
        self.response = (diversification_data + bytes([told_version, 0x03, i]) + card_challenge
                         + self.session.card_cryptogram + told)

    def initialize(self):
        cla = class_byte(True, self.channel, False)
        return apdu(cla, 0x50, self.version, 0x00, self.challenge, 0).hex()

    def authenticate(self):
        encoded = self.session.external_authenticate()
        return bytes([class_byte(True, self.channel, True)]).hex() + encoded[1:].hex()

    def open(self, comment=None):
        if comment:
            note(comment)
        exchange(self.initialize(), (self.response + b"\x90\x00").hex())
        exchange(self.authenticate(), "9000")
        return self

    def wrap(self, ins, p1, p2, data=b"", le=None, proprietary=False):
        return self.session.command(proprietary, self.channel, ins, p1, p2, data, le).hex()

    def protect(self, data, status):
        return self.session.response(data, bytes.fromhex(status)).hex()

    def say(self, ins, p1, p2, data=b"", le=None, answer=b"", status="9000", proprietary=False):
        """A command and its response, both protected."""
        plain = apdu(class_byte(proprietary, self.channel, False), ins, p1, p2, data, le)
        note(f"{shown(plain)} -> {shown(answer + bytes.fromhex(status))}")
        wrapped = self.wrap(ins, p1, p2, data, le, proprietary)
        exchange(wrapped, self.protect(answer, status))

    def read(self, offset, le, answer, status="9000"):
        self.say(0xB0, offset >> 8, offset & 0xFF, le=le, answer=answer, status=status)

    def select_file(self, file_id=b"\x64\x32", answer=b"", **more):
        p2, le = (0x04, 0) if answer else (0x0C, None)
        self.say(0xA4, 0x00, p2, data=file_id, le=le, answer=answer, **more)


def altered(command, byte=-1):
    command = bytearray.fromhex(command)
    command[byte] ^= 0x01
    return command.hex()


def sessions():
    card("Every level on the basic channel, one session after the other.")
    select()
    for counter, level in enumerate((0x01, 0x03, 0x11, 0x13, 0x33), start=1):
        host = Host(counter, level).open(f"Level {level:02X}, session {counter}")
        host.read(0x9100, 8, ODF)
        host.select_file(answer=FCP)
        host.read(0, 4, FILE[:4])
        host.read(252, 8, FILE[252:], "6282")
        host.read(256, 1, b"", "6B00")
        host.say(0xF2, 0x00, 0x0C, proprietary=True)
        host.say(0x20, 0x00, 0x0A, data=b"9" * 8, status="63C9")
        host.say(0x20, 0x00, 0x0A, data=ADM1)
        host.say(0xD6, 0x00, 0xFE, data=b"\xff\xff")
    card("What fits a response, and one byte more.")
    select()
    for counter, (level, most) in enumerate(((0x11, 248), (0x33, 239), (0x01, 256)), start=1):
        host = Host(counter, level).open()
        host.select_file()
        host.read(0, most, FILE[:most])
        if most < 256:
            note("One more would not fit: an error, and the session goes on")
            exchange(host.wrap(0xB0, 0, 0, le=most + 1), "6700")
            host.read(0, 4, FILE[:4])
    card("S16: the challenge of S8 gets 67 00.", scp03__mode='"s16"')
    select()
    exchange(Host(1).initialize(), "6700")
    host = Host(1, size=16).open()
    host.select_file()
    host.read(0, 239, FILE[:239])
    card("A host challenge of S16 on an S8 card.")
    select()
    exchange(Host(1, size=16).initialize(), "6700")
    card("Random challenges, which a seed makes known; the application named by its beginning.",
         scp03__challenge='"random"', scp03__seed=5)
    select(aid=AID[:5])
    host = Host(level=0x33, seed=5).open()
    host.select_file(answer=FCP)
    card("The whole identifier goes into a pseudo-random challenge, however much was told.",
         application__aid=f'"{AID.hex()}0102"', scp03__sessions="0x0102FF",
         scp03__diversification_data='"A0A1A2A3A4A5A6A7A8A9"')
    select(aid=AID)
    long = AID + b"\x01\x02"
    Host(0x010300, aid=long, diversification_data=bytes(range(0xA0, 0xAA))).open()


def parameters():
    for responses, challenge, i in (("unprotected", "random", 0x00), ("mac", "random", 0x20),
                                    ("mac-and-encryption", "random", 0x60),
                                    ("unprotected", "pseudo-random", 0x10)):
        card(f"i = {i:02X}", scp03__responses=f'"{responses}"', scp03__challenge=f'"{challenge}"',
             scp03__seed=9)
        select()
        seed = 9 if challenge == "random" else None
        level = 0x03 | (0x10 if i & 0x20 else 0) | (0x20 if i & 0x40 else 0)
        Host(1, level, i=i, seed=seed).open()
        if i & 0x60 != 0x60:
            # The second draw of the seed.
            following = random(9, 16)[8:] if seed else None
            host = Host(2, 0x33, i=i, seed=seed)
            if following:
                host.session = Session(KEYS, 8, 0x33, host.challenge, following, True)
                host.response = (bytes(10) + bytes([KEY_VERSION, 3, i]) + following
                                 + host.session.card_cryptogram)
            note("More than it offers")
            exchange(host.initialize(), (host.response + b"\x90\x00").hex())
            exchange(host.authenticate(), "6A86")
    card("i = 11", scp03__responses='"unprotected"', scp03__mode='"s16"')
    select()
    Host(1, 0x03, size=16, i=0x11).open()
    card("A parameter that is not true is told and changes nothing.", scp03__i="0x00")
    select()
    Host(1, 0x33, i=0x00).open()


def endings():
    card("A wrong C-MAC ends the session; nothing but a new one gets through then.")
    select()
    host = Host(1).open()
    exchange(altered(host.wrap(0xB0, 0x91, 0x00, le=8), 8), "6988")
    exchange(host.wrap(0xB0, 0x91, 0x00, le=8), "6985")
    exchange("00B0910008", "6985")
    host = Host(2).open()
    host.read(0x9100, 8, ODF)
    note("So does a command in the clear")
    exchange("00B0910008", "6982")
    exchange("00B0910008", "6985")
    host = Host(3).open()
    note("A chained one, for its class is in the C-MAC")
    wrapped = host.wrap(0xB0, 0x91, 0x00, le=8)
    exchange("14" + wrapped[2:], "6988")
    exchange("00B0910008", "6985")
    note("One whose lengths do not agree")
    host = Host(4).open()
    exchange("04B09100070011", "6700")
    exchange("00B0910008", "6985")
    note("Selecting the application again, then everything is as before")
    host = Host(5).open()
    select()
    exchange(host.wrap(0xB0, 0x91, 0x00, le=8), "6985")
    exchange("00B0910008", (ODF + b"\x90\x00").hex())
    note("A reset; the sequence counter stays")
    host = Host(6).open()
    say("do reset")
    exchange(host.wrap(0xB0, 0x91, 0x00, le=8), "6882")
    select()
    host = Host(7).open()
    say("do remove", "do insert")
    select()
    host = Host(8).open()
    note("What goes to the operating system leaves it alone: SELECT of what is not there, channels")
    exchange("00A4040C05A000000099", "6A82")
    exchange("0070000001", "019000")
    exchange("81F2000C", "9000")
    exchange("00708001", "9000")
    host.read(0x9100, 8, ODF)
    note("And may not be sent protected")
    exchange(host.wrap(0xA4, 0x04, 0x0C, data=AID), "6882")
    exchange(host.wrap(0x70, 0x00, 0x00, le=1), "6882")
    exchange(host.wrap(0xC0, 0x00, 0x00, le=8), "6882")
    host.read(0x9100, 8, ODF)
    card("Two sessions at a time on two channels, one of which is closed.", scp03__seed=3,
         scp03__challenge='"random"')
    exchange("0070000001", "019000")
    exchange("0070000001", "029000")
    select(1)
    select(2)
    first = Host(1, 0x33, channel=1, seed=3).open()
    second = Host(1, 0x11, channel=2, seed=(3 + 0x9E3779B97F4A7C15) % (1 << 64)).open()
    first.read(0x9100, 8, ODF)
    second.read(0x9100, 8, ODF)
    exchange("00708001", "9000")
    exchange("0070000001", "019000")
    select(1)
    exchange("01B0910008", (ODF + b"\x90\x00").hex())
    second.read(0x9100, 8, ODF)
    note("A new application on that channel")
    exchange("02A4040C07A0000000871002", "9000")
    exchange(second.wrap(0xB0, 0x91, 0x00, le=8), "6882")
    card("Channel 19.", channels=19)
    for number in range(1, 20):
        exchange("0070000001", f"{number:02X}9000")
    select(19)
    host = Host(1, channel=19).open()
    host.read(0x9100, 8, ODF)
    card("No secure channel of another application, nor before there is one.")
    exchange(Host(1).initialize(), "6D00")
    exchange("00A4040C07A0000000871002", "9000")
    exchange(Host(1).initialize(), "6D00")


def attempts():
    card("Wrong keys: two failures block them for ever.", scp03__attempts=2)
    select()
    for _ in range(2):
        host = Host(1)
        exchange(host.initialize(), (host.response + b"\x90\x00").hex())
        exchange(altered(host.authenticate(), 5), "6300")
        exchange("84F2000C08" + "00" * 8, "6985")
    exchange(Host(1).initialize(), "6983")
    say("do remove", "do insert")
    select()
    exchange(Host(1).initialize(), "6983")
    card("A success in between sets the count back.", scp03__attempts=2)
    select()
    for counter in (1, 2):
        host = Host(counter)
        exchange(host.initialize(), (host.response + b"\x90\x00").hex())
        exchange(altered(host.authenticate(), 5), "6300")
        Host(counter).open()


def conditions():
    card("A file for the secure channel only: rule 4, and rule 8 when it is written so too.",
         bootstrap__read='"secure-channel"')
    select()
    fcp = FCP.replace(bytes.fromhex("6F0601"), bytes.fromhex("6F0604"))
    exchange("00A400040264320000"[:-2], (fcp + b"\x90\x00").hex())
    exchange("00B0000004", "6982")
    host = Host(1).open()
    host.read(0, 4, FILE[:4])
    host.say(0xD6, 0x00, 0x00, data=b"\x00", status="6982")
    select()
    exchange("00A4000C026432", "9000")
    exchange("00B0000004", "6982")
    note("The rules")
    exchange("00A4000C026F06", "9000")
    adm = "80 01 02 A4 06 83 01 0A 95 01 08"
    secure = "B4 03 95 01 30"
    say("> 00 B2 04 04 00", f"< 80 01 01 {secure} {adm} FFx3 90 00")
    say("> 00 B2 05 04 00", f"< 80 01 01 90 00 80 01 02 {secure} FFx9 90 00")
    say("> 00 B2 08 04 00", f"< 80 01 01 {secure} 80 01 02 {secure} FFx6 90 00")
    card("ADM1 does not help where a secure channel is wanted.",
         bootstrap__update='"secure-channel"')
    select()
    fcp = FCP.replace(bytes.fromhex("6F0601"), bytes.fromhex("6F0605"))
    exchange("00A400040264320000"[:-2], (fcp + b"\x90\x00").hex())
    exchange("0020000A08" + ADM1.hex(), "9000")
    exchange("00D600000199", "6982")
    exchange("00B0000002", "00029000")
    host = Host(1).open()
    host.say(0xD6, 0x00, 0x00, data=b"\x99")
    host.read(0, 2, b"\x99\x02")
    card("A PIN and a secure channel.", bootstrap__read='"pin"')
    select()
    host = Host(1).open()
    host.select_file()
    host.read(0, 4, b"", "6982")
    host.say(0x20, 0x00, 0x81, status="63C3")
    host.say(0x20, 0x00, 0x81, data=PIN)
    host.read(0, 4, FILE[:4])


def fetched(host, wrapped, protected, channel=0):
    """By GET RESPONSE."""
    data, status = protected[:-4], protected[-4:]
    length = f"{len(data) // 2 % 256:02X}"
    exchange(wrapped, "61" + length)
    exchange(f"{class_byte(False, channel, False):02X}C00000{length}", data + status)


def transport():
    card("T=0: everything with data is fetched, and the expected length does not get through.",
         protocol='"T=0"')
    select()
    host = Host(1)
    fetched(host, host.initialize(), (host.response + b"\x90\x00").hex())
    exchange(host.authenticate(), "9000")
    fetched(host, host.wrap(0xB0, 0x91, 0x00, le=4), host.protect(ODF, "9000"))
    selected = host.wrap(0xA4, 0x00, 0x0C, data=b"\x64\x32")
    fetched(host, selected, host.protect(b"", "9000"))
    fetched(host, host.wrap(0xB0, 0x00, 0x00, le=4), host.protect(FILE[:239], "9000"))
    note("In pieces, and with a length that is too large")
    protected = host.wrap(0xB0, 0x00, 0x00, le=239), host.protect(FILE[:239], "9000")
    exchange(protected[0], "61F8")
    exchange("00C0000080", protected[1][:256] + "6178")
    exchange("00C0000079", "6C78")
    exchange("00C0000078", protected[1][256:])
    card("61 xx on reading applies to the protected response.", ["61xx-on-read"])
    select()
    host = Host(1).open()
    fetched(host, host.wrap(0xB0, 0x91, 0x00, le=8), host.protect(ODF, "9000"))
    card("6C xx tells the length of the protected response; the command is not carried out again.",
         ["6cxx-on-read"])
    select()
    host = Host(1).open()
    wrapped, protected = host.wrap(0xB0, 0x91, 0x00, le=8), host.protect(ODF, "9000")
    exchange(wrapped, "6C18")
    exchange(wrapped[:-2] + "17", "6C18")
    exchange(wrapped[:-2] + "18", protected)
    note("It is not kept any longer")
    exchange(wrapped[:-2] + "18", "6988")
    host = Host(2).open()
    wrapped = host.wrap(0xB0, 0x91, 0x00, le=8)
    host.protect(ODF, "9000")
    exchange(wrapped, "6C18")
    exchange("00C0000018", "6F00")
    card("An expected length that is refused leaves the session as it is.", ["le-refused"])
    select()
    host = Host(1)
    exchange(host.initialize(), "6700")
    fetched(host, host.initialize()[:-2], (host.response + b"\x90\x00").hex())
    exchange(host.authenticate(), "9000")
    wrapped, protected = host.wrap(0xB0, 0x91, 0x00, le=8), host.protect(ODF, "9000")
    exchange(wrapped, "6700")
    fetched(host, wrapped[:-2], protected)


def quirks():
    card("Commands without data are not counted.", ["scp03-counter-data-only"])
    select()
    host = Host(1, counts_all=False).open()
    host.read(0x9100, 8, ODF)
    host.select_file(answer=FCP)
    host.read(0, 4, FILE[:4])
    card("90 00 without data is bare, everything else is not.", ["scp03-bare-9000"])
    select()
    host = Host(1).open()
    exchange(host.wrap(0xA4, 0x00, 0x0C, data=b"\x64\x32"), "9000")
    host.read(0, 4, FILE[:4])
    host.say(0x20, 0x00, 0x81, status="63C3")
    card("An unknown key version, by the book and otherwise.")
    select()
    exchange(Host(1, version=0x31).initialize(), "6A88")
    card("And so.", ["scp03-unknown-key-set-6982"])
    select()
    exchange(Host(1, version=0x31).initialize(), "6982")
    card("Key version 0 asks for the first; the card tells which it is, or does not.")
    select()
    Host(1, version=0).open()
    card("And so.", ["scp03-key-version-0"])
    select()
    Host(1, version=0, told_version=0).open()
    card("No sequence counter.", ["scp03-no-sequence-counter"])
    select()
    Host(1, told_counter=False).open()
    card("A sequence counter with a random challenge.", ["scp03-always-sequence-counter"],
         scp03__challenge='"random"', scp03__seed=2)
    select()
    Host(1, seed=2, told_counter=True).open()
    pending = "proactive-pending-91xx"

    def open_with_910b(host):
        exchange("00A4040C0C" + AID.hex(), "910B")
        exchange(host.initialize(), (host.response + b"\x91\x0b").hex())
        exchange(host.authenticate(), "910B")
        return host

    card("91 xx is protected like 90 00.", [pending])
    host = open_with_910b(Host(1))
    host.read(0x9100, 8, ODF, "910B")
    host.say(0xF2, 0x00, 0x0C, status="910B", proprietary=True)
    card("91 xx comes in its place after the MAC was made.", [pending, "scp03-91xx-replaced"])
    host = open_with_910b(Host(1))
    wrapped, protected = host.wrap(0xB0, 0x91, 0x00, le=8), host.protect(ODF, "9000")
    exchange(wrapped, protected[:-4] + "910B")
    card("91 xx is taken for an error.", [pending, "scp03-91xx-bare"])
    host = open_with_910b(Host(1))
    exchange(host.wrap(0xB0, 0x91, 0x00, le=8), "910B")
    exchange(host.wrap(0xF2, 0x00, 0x0C, proprietary=True), "910B")


def main():
    say("# The secure channel, SCP03 (GlobalPlatform Amendment D). Printed by",
        "# scp03_transcripts.py; lines with an arrow tell the plain command and response.")
    sessions()
    parameters()
    endings()
    attempts()
    conditions()
    transport()
    quirks()


if __name__ == "__main__":
    main()
