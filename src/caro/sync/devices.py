"""The signed list of machines: whose key reads what is new, and whose word counts.

A list is taken only where a machine of the list that was taken before signed it and its serial is higher.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

import msgspec

from caro.errors import CaroError
from caro.sync.segment import Key, verify


class Device(msgspec.Struct, frozen=True):
    name: str
    key: str

    @property
    def fingerprint(self) -> str:
        """As ssh-keygen -l shows it."""
        digest = hashlib.sha256(base64.b64decode(self.key.split()[1])).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


class DeviceList(msgspec.Struct, frozen=True):
    serial: int
    devices: tuple[Device, ...]

    @property
    def names(self) -> list[str]:
        return [device.name for device in self.devices]

    @property
    def keys(self) -> list[str]:
        return [device.key for device in self.devices]

    def key_of(self, name: str) -> str | None:
        return next((device.key for device in self.devices if device.name == name), None)


class _Signed(msgspec.Struct):
    list: str
    signer: str
    signature: str


def signed(devices: DeviceList, key: Key) -> bytes:
    """Return the list as it stands in the repository."""
    text = msgspec.json.encode(devices).decode()
    return msgspec.json.format(msgspec.json.encode(_Signed(text, key.public, key.sign(text.encode()))))


def read_list(data: bytes, trusted: Sequence[str]) -> DeviceList:
    """Return a list that one of the trusted keys signed. Raises CaroError."""
    try:
        told = msgspec.json.decode(data, type=_Signed)
        devices = msgspec.json.decode(told.list, type=DeviceList)
    except msgspec.DecodeError as error:
        raise CaroError(f"the list of machines in the remote can't be read ({error})") from None
    if told.signer not in trusted or not verify(told.list.encode(), told.signature, told.signer):
        raise CaroError(
            "the list of machines in the remote is not signed by any of your machines; it is not taken"
        )
    return devices


def first_list(data: bytes) -> tuple[DeviceList, Device]:
    """Return a list that nothing is known of yet, and which of its machines signed it. Raises CaroError."""
    try:
        signer = msgspec.json.decode(data, type=_Signed).signer
    except msgspec.DecodeError as error:
        raise CaroError(f"the list of machines in the remote can't be read ({error})") from None
    devices = read_list(data, [signer])
    found = next((device for device in devices.devices if device.key == signer), None)
    if found is None:
        raise CaroError("the list of machines in the remote is signed by a machine that is not on it")
    return devices, found
