// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/peer_files/network_key.h>

#include <algorithm>

#include <kepeng/base/files.h>
#include <kepeng/base/hex.h>
#include <kepeng/crypto/secret.h>

namespace kepeng::peer_files {
namespace {

constexpr std::uint64_t kFileBytesMax = 4096;
constexpr unsigned kOfOthers = 077;
constexpr std::string_view kBlanks = " \t\r\n";

Fault no_key(const std::string& path, const std::string& why) {
  return {FaultKind::Config, "-networkkey: " + path + " " + why +
                                 " Make a key once with: (umask 077; openssl rand -hex 32 > " + path +
                                 "), and give the same file to every node of the network."};
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

Result<crypto::NetworkKey, Fault> key_from(std::string_view text, const std::string& path) {
  const std::string_view digits = trimmed(text);
  const std::size_t expected = 2 * crypto::Hash32{}.size();
  if (digits.size() != expected) {
    return Err{no_key(path, "has " + std::to_string(digits.size()) + " characters, not 64 hexadecimal digits.")};
  }
  auto bytes = from_hex(digits);
  if (!bytes) return Err{no_key(path, "has a character that is no hexadecimal digit.")};
  crypto::Hash32 secret;
  std::copy(bytes->begin(), bytes->end(), secret.begin());
  const crypto::NetworkKey key{secret};
  const bool is_constant = std::all_of(secret.begin(), secret.end(), [&](auto byte) { return byte == secret[0]; });
  crypto::wipe_secret(*bytes);
  crypto::wipe_secret(secret);
  if (is_constant) return Err{no_key(path, "repeats one byte, so it is no secret.")};
  return key;
}

}  // namespace

Result<ReadNetworkKey, Fault> read_network_key(Env& env, const std::string& path) {
  const auto status = env.status(path);
  if (!status && status.error().kind == FaultKind::NotFound) return Err{no_key(path, "does not exist.")};
  if (!status) return Err{status.error()};
  if (status->is_directory) return Err{no_key(path, "is a directory.")};
  if (status->size > kFileBytesMax) return Err{no_key(path, "is too large for a key.")};
  KP_TRY(Bytes text, read_file(env, path, kFileBytesMax));
  auto key = key_from(as_text(text), path);
  crypto::wipe_secret(text);
  if (!key) return Err{key.error()};
  ReadNetworkKey read{*key, std::nullopt};
  if ((status->permissions & kOfOthers) != 0) {
    read.warning = "The network key " + path +
                   " may be read or changed by others than its owner. Who reads it belongs to the "
                   "network. Take that permission away: chmod 600 " +
                   path;
  }
  return read;
}

}  // namespace kepeng::peer_files
