// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Base32 (RFC 4648) as host names have it: lower case when written, either case when read, no padding.
// Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kepeng/base/bytes.h>

namespace kepeng {

std::string to_base32(ByteView bytes);

// nullopt for characters outside the alphabet, lengths that no bytes have, and bits left over that are not zero. Length
// limits are the caller's.
std::optional<Bytes> from_base32(std::string_view text);

}  // namespace kepeng
