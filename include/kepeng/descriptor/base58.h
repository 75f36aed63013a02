// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Base58, plain and with the four checksum bytes of addresses and keys (Base58Check).
//
// Decoding skips white space around the text, refuses what would be longer than `bytes_max` without doing the work, and
// answers nullopt for anything that is not exactly an encoding. Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <kepeng/base/bytes.h>

namespace kepeng::descriptor {

std::string encode_base58(ByteView bytes);
std::optional<Bytes> decode_base58(std::string_view text, std::size_t bytes_max);

// The payload is followed by the first four bytes of its double SHA-256.
std::string encode_base58_check(ByteView payload);
// `payload_max` counts without the checksum.
std::optional<Bytes> decode_base58_check(std::string_view text, std::size_t payload_max);

}  // namespace kepeng::descriptor
