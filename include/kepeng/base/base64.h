// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Base64 (RFC 4648, section 4). Reading is strict: whole groups of four, padding where it belongs, unused bits zero.
// Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kepeng/base/bytes.h>

namespace kepeng {

std::string to_base64(ByteView bytes);
// nullopt for anything that `to_base64` does not write. Length limits are the caller's.
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace kepeng
