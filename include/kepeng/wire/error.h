// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// WireError: why a payload is no message. One enumerator per cause; what a cause costs the peer is decided elsewhere.
#pragma once

#include <cstdint>

#include <kepeng/primitives/encoding.h>

namespace kepeng::wire {

enum class WireError : std::uint8_t {
  UnknownMessage,  // no such name: ours to ignore
  PayloadTooLong,  // more than this kind of message may have
  // The encoding is broken.
  Truncated,
  NonCanonicalSize,
  SizeTooLarge,
  SuperfluousWitness,
  UnknownOptionalData,
  TrailingBytes,
  WrongAddressLength,  // for the network it names
  AddressTooLong,
  // More than the protocol allows.
  TooManyEntries,
  UserAgentTooLong,
  IndexOverflow,  // BIP152: past 16 bits
  BloomFilterTooLarge,
  TooManyBloomFunctions,
  BloomElementTooLarge,
  // A value that the protocol does not have.
  BadAnnounceMode,  // sendcmpct: neither 0 nor 1
  BadFeature,       // BIP434
  TextTooLong,
};

const char* to_string(WireError error);
WireError from(DecodeError error);

}  // namespace kepeng::wire
