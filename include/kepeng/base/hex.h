// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Hexadecimal text. Writes lower case, reads both; reading fails on anything but whole pairs of digits.
// Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kepeng/base/bytes.h>

namespace kepeng {

std::string to_hex(ByteView bytes);
std::string to_hex_reversed(ByteView bytes);

// nullopt for an odd number of characters or one that is no digit. Length limits are the caller's.
std::optional<Bytes> from_hex(std::string_view text);

// The value of one digit, or -1.
int hex_digit(char c);

}  // namespace kepeng
