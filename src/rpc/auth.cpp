// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/rpc/auth.h>

#include <algorithm>
#include <array>

#include <kepeng/base/base64.h>
#include <kepeng/base/hex.h>
#include <kepeng/base/random.h>
#include <kepeng/crypto/hmac.h>

namespace kepeng::rpc {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashDigits = 64;
constexpr std::string_view kScheme = "Basic ";

std::string hash_password(std::string_view salt, std::string_view password) {
  return to_hex(crypto::hmac_sha256(as_bytes(salt), as_bytes(password)));
}

// Takes as long for every `known` of one length, whatever `given` is.
bool equal_in_constant_time(std::string_view given, std::string_view known) {
  if (known.empty()) return given.empty();
  unsigned difference = static_cast<unsigned>(given.size() ^ known.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(known[i % known.size()]);
  }
  return difference == 0;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

}  // namespace

Result<Unit, Fault> Credentials::add_hashed(std::string_view entry) {
  const std::size_t colon = entry.find(':');
  const std::size_t dollar = entry.find('$', colon == std::string_view::npos ? 0 : colon);
  const bool has_shape = colon != std::string_view::npos && dollar != std::string_view::npos &&
                         entry.find('$', dollar + 1) == std::string_view::npos &&
                         entry.find(':', colon + 1) == std::string_view::npos;
  const std::string_view hash = has_shape ? entry.substr(dollar + 1) : std::string_view{};
  if (hash.size() != kHashDigits || !from_hex(hash)) return Err{Fault{FaultKind::Config, "Invalid -rpcauth argument."}};
  std::string lower{hash};
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  entries_.push_back({std::string{entry.substr(0, colon)}, std::string{entry.substr(colon + 1, dollar - colon - 1)},
                      std::move(lower)});
  return Unit{};
}

void Credentials::add_password(std::string_view user, std::string_view password) {
  std::array<std::uint8_t, kSaltBytes> random{};
  fill_random(random);
  std::string salt = to_hex(random);
  std::string hash = hash_password(salt, password);
  entries_.push_back({std::string{user}, std::move(salt), std::move(hash)});
}

std::optional<std::string> Credentials::check(std::string_view authorization) const {
  if (!authorization.starts_with(kScheme)) return std::nullopt;
  const auto decoded = from_base64(trimmed(authorization.substr(kScheme.size())));
  if (!decoded) return std::nullopt;
  const std::string_view plain = as_text(*decoded);
  const std::size_t colon = plain.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::string_view user = plain.substr(0, colon);
  const std::string_view password = plain.substr(colon + 1);
  // Every entry costs its work, so that time tells nothing about names.
  bool is_right = false;
  for (const Entry& entry : entries_) {
    const bool same_user = equal_in_constant_time(user, entry.user);
    const bool same_hash = equal_in_constant_time(hash_password(entry.salt, password), entry.hash);
    is_right = is_right || (same_user & same_hash);
  }
  if (!is_right) return std::nullopt;
  return std::string{user};
}

}  // namespace kepeng::rpc
