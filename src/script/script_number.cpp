// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/script/script_number.h>

#include <algorithm>

namespace kepeng::script {
namespace {

// The last byte may hold nothing but the sign only where the byte before needs its own highest bit.
bool is_minimal(ByteView item) {
  if (item.empty() || (item.back() & 0x7f) != 0) return true;
  return item.size() > 1 && (item[item.size() - 2] & 0x80) != 0;
}

}  // namespace

Result<std::int64_t, ScriptError> decode_number(ByteView item, NumberRule rule) {
  KP_ASSERT(rule.max_size <= 8);
  if (item.size() > rule.max_size) return Err{ScriptError::ScriptNum};
  if (rule.encoding == NumberEncoding::Minimal && !is_minimal(item)) return Err{ScriptError::ScriptNum};
  if (item.empty()) return 0;
  std::uint64_t magnitude = 0;
  for (std::size_t i = 0; i < item.size(); ++i) magnitude |= static_cast<std::uint64_t>(item[i]) << (8 * i);
  const std::uint64_t sign = std::uint64_t{0x80} << (8 * (item.size() - 1));
  const auto value = static_cast<std::int64_t>(magnitude & ~sign);
  return (magnitude & sign) != 0 ? -value : value;
}

EncodedNumber encode_number(std::int64_t number) {
  EncodedNumber encoded;
  const bool negative = number < 0;
  std::uint64_t magnitude = negative ? ~static_cast<std::uint64_t>(number) + 1 : static_cast<std::uint64_t>(number);
  for (; magnitude > 0; magnitude >>= 8) encoded.bytes[encoded.size++] = static_cast<std::uint8_t>(magnitude);
  if (encoded.size == 0) return encoded;
  if ((encoded.bytes[encoded.size - 1] & 0x80) != 0) ++encoded.size;
  if (negative) encoded.bytes[encoded.size - 1] |= 0x80;
  return encoded;
}

bool is_true(ByteView item) {
  if (item.empty()) return false;
  const bool zeros = std::all_of(item.begin(), item.end() - 1, [](std::uint8_t byte) { return byte == 0; });
  return !zeros || (item.back() & 0x7f) != 0;
}

}  // namespace kepeng::script
