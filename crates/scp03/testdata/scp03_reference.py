# SPDX-License-Identifier: Apache-2.0
"""A second implementation of SCP03, to compare with.

Written from GlobalPlatform's Card Specification, Amendment D, on PyCryptodome; it shares no code
with the crate. It plays both sides of whole sessions, for every key length, mode, security level
and kind of card challenge, and prints them as JSON:

    pip install pycryptodome
    python3 scp03_reference.py > scp03_reference.json

Nothing in it is random: keys and challenges are counted or hashed, so that the output stays the
same.
"""

import hashlib
import json

from Crypto.Cipher import AES
from Crypto.Hash import CMAC

AID = bytes.fromhex("A000000063504B43532D3135")
KEY_VERSION = 0x30
LEVELS = (0x01, 0x03, 0x11, 0x13, 0x33)
C_DEC, R_MAC, R_ENC = 0x02, 0x10, 0x20


def cmac(key, message):
    return CMAC.new(key, message, AES).digest()


def kdf(key, constant, bits, context):
    """Section 4.1.5."""
    output = b""
    for counter in (1, 2):
        fixed = bytes(11) + bytes([constant, 0]) + bits.to_bytes(2, "big") + bytes([counter])
        output += cmac(key, fixed + context)
    return output[: bits // 8]


def made_up(label, length):
    return hashlib.sha256(label.encode()).digest()[:length]


def static_keys(length):
    """Keys that look like test keys: 40 41 42 ... , 60 61 62 ..., 80 81 82 ..."""
    return {name: bytes(range(start, start + length))
            for name, start in (("enc", 0x40), ("mac", 0x60), ("dek", 0x80))}


def class_byte(proprietary, channel, secured):
    if channel < 4:
        byte = channel | (0x04 if secured else 0)
    else:
        byte = 0x40 | (channel - 4) | (0x20 if secured else 0)
    return byte | (0x80 if proprietary else 0)


def apdu(cla, ins, p1, p2, data, le):
    encoded = bytes([cla, ins, p1, p2])
    if data:
        encoded += bytes([len(data)]) + data
    if le is not None:
        encoded += bytes([le % 256])
    return encoded


def pad(data):
    padded = data + b"\x80"
    return padded + bytes(-len(padded) % 16)


class Session:
    def __init__(self, keys, size, level, host_challenge, card_challenge, counts_all):
        bits = 8 * len(keys["enc"])
        context = host_challenge + card_challenge
        self.enc = kdf(keys["enc"], 0x04, bits, context)
        self.mac = kdf(keys["mac"], 0x06, bits, context)
        self.rmac = kdf(keys["mac"], 0x07, bits, context)
        self.card_cryptogram = kdf(self.mac, 0x00, 8 * size, context)
        self.host_cryptogram = kdf(self.mac, 0x01, 8 * size, context)
        self.size, self.level, self.counts_all = size, level, counts_all
        self.chaining, self.counter = bytes(16), 0

    def c_mac(self, cla, ins, p1, p2, data):
        header = bytes([cla, ins, p1, p2, len(data) + self.size])
        self.chaining = cmac(self.mac, self.chaining + header + data)
        return self.chaining[: self.size]

    def cbc(self, first):
        block = self.counter.to_bytes(16, "big")
        block = bytes([first]) + block[1:]
        iv = AES.new(self.enc, AES.MODE_ECB).encrypt(block)
        return AES.new(self.enc, AES.MODE_CBC, iv)

    def external_authenticate(self):
        proof = self.host_cryptogram
        mac = self.c_mac(0x84, 0x82, self.level, 0x00, proof)
        return apdu(0x84, 0x82, self.level, 0x00, proof + mac, None)

    def command(self, proprietary, channel, ins, p1, p2, data, le):
        if data or self.counts_all:
            self.counter += 1
        if data and self.level & C_DEC:
            data = self.cbc(0x00).encrypt(pad(data))
        mac = self.c_mac(0x84 if proprietary else 0x04, ins, p1, p2, data)
        return apdu(class_byte(proprietary, channel, True), ins, p1, p2, data + mac, le)

    def response(self, data, status):
        done = status[0] in (0x90, 0x91, 0x92, 0x62, 0x63)
        if not done or not self.level & R_MAC:
            return data + status
        if data and self.level & R_ENC:
            data = self.cbc(0x80).encrypt(pad(data))
        return data + cmac(self.rmac, self.chaining + data + status)[: self.size] + status


def most_plain(carried, size, encrypted):
    text = carried - size
    return text // 16 * 16 - 1 if encrypted else text


def script(level, size):
    """What is sent and answered: (proprietary, channel, INS, P1, P2, data, Le), (data, SW)."""
    largest = most_plain(255, size, level & C_DEC)
    longest = most_plain(256, size, level & R_ENC) if level & R_MAC else 256
    pin = b"1234" + b"\xff" * 4
    fcp = bytes.fromhex("62168202412183026432A506C00100DE0190880080020100")
    return [
        ((False, 1, 0xB0, 0x00, 0x00, b"", 16), (bytes(range(16)), "9000")),
        ((False, 4, 0xA4, 0x00, 0x04, b"\x64\x32", 0), (fcp, "9000")),
        ((False, 0, 0xD6, 0x00, 0x10, bytes(range(0x20, 0x30)), None), (b"", "9000")),
        ((True, 3, 0xF2, 0x00, 0x0C, b"", None), (b"", "9000")),
        ((False, 19, 0x20, 0x00, 0x01, pin, None), (b"", "63C2")),
        ((False, 19, 0xB0, 0x00, 0x80, b"", 64), (b"short", "6282")),
        ((False, 1, 0xB0, 0x7F, 0xFF, b"", 1), (b"", "6B00")),
        ((True, 19, 0xE2, 0x80, 0x00, (made_up("data", 32) * 8)[:largest], 0), (b"\x01", "910B")),
        ((False, 3, 0xB0, 0x00, 0x00, b"", longest), (bytes(longest), "9000")),
        ((True, 0, 0xCA, 0x00, 0x66, b"", 0), (bytes(range(31)), "9000")),
    ]


def options(level, mode, pseudo_random):
    """As little as the level needs."""
    i = 0x01 if mode == "S16" else 0x00
    i |= 0x10 if pseudo_random else 0x00
    i |= 0x20 if level & R_MAC else 0x00
    i |= 0x40 if level & R_ENC else 0x00
    return i


def session(bits, mode, level, pseudo_random, counts_all):
    size = 8 if mode == "S8" else 16
    keys = static_keys(bits // 8)
    name = f"{bits} {mode} {level:02X} {pseudo_random} {counts_all}"
    host_challenge = made_up("host " + name, size)
    sequence_counter = made_up("counter " + name, 3) if pseudo_random else b""
    if pseudo_random:
        card_challenge = kdf(keys["enc"], 0x02, 8 * size, sequence_counter + AID)
    else:
        card_challenge = made_up("card " + name, size)
    state = Session(keys, size, level, host_challenge, card_challenge, counts_all)
    diversification_data = made_up("card of " + name, 10)
    i = options(level, mode, pseudo_random)
    result = {
        "key_bits": bits,
        "mode": mode,
        "level": f"{level:02X}",
        "counter": "spec" if counts_all else "data-only",
        "i": f"{i:02X}",
        "initialize_update":
            apdu(0x80, 0x50, KEY_VERSION, 0x00, host_challenge, 0).hex(),
        "response": (diversification_data + bytes([KEY_VERSION, 0x03, i]) + card_challenge
                     + state.card_cryptogram + sequence_counter).hex(),
        "external_authenticate": state.external_authenticate().hex(),
        "s_enc": state.enc.hex(),
        "s_mac": state.mac.hex(),
        "s_rmac": state.rmac.hex(),
        "exchanges": [],
    }
    for (proprietary, channel, ins, p1, p2, data, le), (answer, status) in script(level, size):
        plain = apdu(class_byte(proprietary, channel, False), ins, p1, p2, data, le)
        wrapped = state.command(proprietary, channel, ins, p1, p2, data, le)
        status = bytes.fromhex(status)
        result["exchanges"].append({
            "plain": plain.hex(),
            "wrapped": wrapped.hex(),
            "protected": state.response(answer, status).hex(),
            "response": (answer + status).hex(),
        })
    return result


def key_set(bits):
    keys = static_keys(bits // 8)
    check = {f"kcv_{name}": AES.new(key, AES.MODE_ECB).encrypt(b"\x01" * 16)[:3].hex()
             for name, key in keys.items()}
    return {"key_bits": bits, **{name: key.hex() for name, key in keys.items()}, **check}


def lines(entries):
    return ",\n".join("  " + json.dumps(entry) for entry in entries)


def main():
    sizes, modes = (128, 192, 256), ("S8", "S16")
    sessions = [session(bits, mode, level, pseudo_random, True)
                for bits in sizes for mode in modes for level in LEVELS
                for pseudo_random in (False, True)]
    sessions += [session(bits, mode, 0x33, True, False) for bits in sizes for mode in modes]
    print("{")
    print(f' "about": {json.dumps("Printed by scp03_reference.py: SCP03 sessions.")},')
    print(f' "aid": "{AID.hex()}",')
    print(f' "keys": [\n{lines(key_set(bits) for bits in sizes)}\n ],')
    print(f' "sessions": [\n{lines(sessions)}\n ]')
    print("}")


if __name__ == "__main__":
    main()
