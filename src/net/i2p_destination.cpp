// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/net/i2p_destination.h>

#include <algorithm>

#include <kepeng/base/base32.h>
#include <kepeng/base/base64.h>
#include <kepeng/crypto/sha256.h>

namespace kepeng::net {
namespace {

constexpr std::size_t kKeysBytes = 384;
constexpr std::size_t kCertificateHeadBytes = 3;  // kind, then the length of what follows

}  // namespace

std::string to_i2p_base64(ByteView bytes) {
  std::string text = to_base64(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '~');
  return text;
}

std::optional<Bytes> from_i2p_base64(std::string_view text) {
  if (text.find_first_of("+/") != std::string_view::npos) return std::nullopt;
  std::string plain{text};
  std::replace(plain.begin(), plain.end(), '-', '+');
  std::replace(plain.begin(), plain.end(), '~', '/');
  return from_base64(plain);
}

std::optional<ByteView> i2p_destination_in(ByteView key) {
  if (key.size() < kKeysBytes + kCertificateHeadBytes) return std::nullopt;
  const std::size_t whole = kKeysBytes + kCertificateHeadBytes + load_be<std::uint16_t>(key.data() + kKeysBytes + 1);
  if (key.size() < whole) return std::nullopt;
  return key.first(whole);
}

std::string i2p_name_of(ByteView destination) {
  return to_base32(crypto::sha256(destination)).append(kI2pSuffix);
}

}  // namespace kepeng::net
