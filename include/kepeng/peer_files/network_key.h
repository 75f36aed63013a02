// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The secret of a closed network in its file: 64 hexadecimal digits, and nothing else but blanks around them
// (doc/network-key.md).
//
// Every fault says what to do; none shows a part of the key. A file that others than its owner may read gives the key
// and a warning. Function without state; thread-safe.
#pragma once

#include <optional>
#include <string>

#include <kepeng/base/env.h>
#include <kepeng/crypto/bip324_cipher.h>

namespace kepeng::peer_files {

struct ReadNetworkKey {
  crypto::NetworkKey key;
  std::optional<std::string> warning;
};
Result<ReadNetworkKey, Fault> read_network_key(Env& env, const std::string& path);

}  // namespace kepeng::peer_files
