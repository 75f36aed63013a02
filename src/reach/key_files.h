// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The keys of our names, each in a file that only its owner can read. Private to reach.
#pragma once

#include <string>

#include <kepeng/base/env.h>

namespace kepeng::reach {

inline constexpr std::string_view kOnionKeyFile = "onion_v3_private_key";
inline constexpr std::string_view kI2pKeyFile = "i2p_private_key";
inline constexpr std::uint64_t kKeyFileBytesMax = 16 << 10;

// No bytes where there is no file.
Result<Bytes, Fault> load_key(Env& env, const std::string& path);
Result<Unit, Fault> keep_key(Env& env, const std::string& path, ByteView key);

}  // namespace kepeng::reach
