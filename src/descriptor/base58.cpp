// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/descriptor/base58.h>

#include <algorithm>
#include <array>
#include <vector>

#include <kepeng/crypto/sha256.h>

namespace kepeng::descriptor {
namespace {

constexpr std::string_view kAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::size_t kChecksumBytes = 4;

// Numbers are worked on in groups of digits that fit 32 bits: five base-58 digits at a time.
constexpr unsigned kGroupDigits = 5;
constexpr std::uint32_t kGroup = 58u * 58 * 58 * 58 * 58;

constexpr std::array<std::int8_t, 256> make_digits() {
  std::array<std::int8_t, 256> digits{};
  digits.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  return digits;
}
constexpr auto kDigits = make_digits();

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// number = number * factor + carry, in limbs of 32 bits, the lowest first.
void multiply_add(std::vector<std::uint32_t>& number, std::uint32_t factor, std::uint64_t carry) {
  for (std::uint32_t& limb : number) {
    carry += static_cast<std::uint64_t>(limb) * factor;
    limb = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  if (carry != 0) number.push_back(static_cast<std::uint32_t>(carry));
}

std::array<std::uint8_t, kChecksumBytes> checksum(ByteView payload) {
  const crypto::Hash32 hash = crypto::sha256d(payload);
  return {hash[0], hash[1], hash[2], hash[3]};
}

}  // namespace

std::string encode_base58(ByteView bytes) {
  const auto first = std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte != 0; });
  const auto zeros = static_cast<std::size_t>(first - bytes.begin());
  std::vector<std::uint32_t> groups;  // base 58^5, the lowest first
  for (auto at = first; at != bytes.end(); ++at) {
    std::uint64_t carry = *at;
    for (std::uint32_t& group : groups) {
      carry += static_cast<std::uint64_t>(group) << 8;
      group = static_cast<std::uint32_t>(carry % kGroup);
      carry /= kGroup;
    }
    if (carry != 0) groups.push_back(static_cast<std::uint32_t>(carry));
  }
  std::string reversed;
  reversed.reserve(groups.size() * kGroupDigits + zeros);
  for (std::uint32_t group : groups) {
    for (unsigned i = 0; i < kGroupDigits; ++i, group /= 58) reversed.push_back(kAlphabet[group % 58]);
  }
  while (!reversed.empty() && reversed.back() == kAlphabet[0]) reversed.pop_back();  // of the highest group
  reversed.append(zeros, kAlphabet[0]);
  std::reverse(reversed.begin(), reversed.end());
  return reversed;
}

std::optional<Bytes> decode_base58(std::string_view text, std::size_t bytes_max) {
  text = trim(text);
  std::size_t zeros = 0;
  while (zeros < text.size() && text[zeros] == kAlphabet[0]) ++zeros;
  if (zeros > bytes_max) return std::nullopt;
  std::vector<std::uint32_t> limbs;
  for (const char c : text.substr(zeros)) {
    const int digit = kDigits[static_cast<std::uint8_t>(c)];
    if (digit < 0) return std::nullopt;
    multiply_add(limbs, 58, static_cast<std::uint64_t>(digit));
    if (limbs.size() * 4 > zeros + bytes_max + 4) return std::nullopt;
  }
  Bytes bytes(zeros + limbs.size() * 4);
  for (std::size_t i = 0; i < limbs.size(); ++i) store_be(bytes.data() + bytes.size() - 4 * (i + 1), limbs[i]);
  // The highest limb may begin with zero bytes that nobody wrote.
  const auto number = bytes.begin() + static_cast<std::ptrdiff_t>(zeros);
  bytes.erase(number, std::find_if(number, bytes.end(), [](std::uint8_t byte) { return byte != 0; }));
  if (bytes.size() > bytes_max) return std::nullopt;
  return bytes;
}

std::string encode_base58_check(ByteView payload) {
  Bytes bytes(payload.begin(), payload.end());
  append(bytes, checksum(payload));
  return encode_base58(bytes);
}

std::optional<Bytes> decode_base58_check(std::string_view text, std::size_t payload_max) {
  auto bytes = decode_base58(text, payload_max + kChecksumBytes);
  if (!bytes || bytes->size() < kChecksumBytes) return std::nullopt;
  const std::size_t payload = bytes->size() - kChecksumBytes;
  if (!equal(ByteView{*bytes}.subspan(payload), checksum(ByteView{*bytes}.first(payload)))) return std::nullopt;
  bytes->resize(payload);
  return bytes;
}

}  // namespace kepeng::descriptor
