// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Destinations of I2P: the keys that stand behind a name "<52 characters>.b32.i2p". Pure functions.
//
// A destination is 384 bytes of keys and a certificate, whose length is in it; its name is the base32 of its SHA-256. A
// private key is a destination followed by secrets. SAM writes both in I2P's own base64 ('-' and '~' for '+' and '/').
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kepeng/base/bytes.h>

namespace kepeng::net {

inline constexpr std::string_view kI2pSuffix = ".b32.i2p";

std::string to_i2p_base64(ByteView bytes);
std::optional<Bytes> from_i2p_base64(std::string_view text);
// The destination that `key` begins with; nothing if it is shorter than it says.
std::optional<ByteView> i2p_destination_in(ByteView key);
std::string i2p_name_of(ByteView destination);

}  // namespace kepeng::net
