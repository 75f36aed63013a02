// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/rpc/values.h>

#include <algorithm>

#include <kepeng/base/hex.h>

namespace kepeng::rpc {

Result<std::array<std::uint8_t, 32>, RpcError> hash_bytes_from(std::string_view text, std::string_view name) {
  if (const auto parsed = parse_display_hash(text)) return *parsed;
  if (text.size() != 64) {
    return fail(Code::InvalidParameter,
                fmt::format("{} must be of length 64 (not {}, for '{}')", name, text.size(), text));
  }
  return fail(Code::InvalidParameter, fmt::format("{} must be hexadecimal string (not '{}')", name, text));
}

Result<Bytes, RpcError> bytes_from(std::string_view text, std::string_view name) {
  if (auto bytes = from_hex(text)) return std::move(*bytes);
  return fail(Code::InvalidParameter, fmt::format("{} must be hexadecimal string (not '{}')", name, text));
}

Result<const chain::Entry*, RpcError> entry_from(const Context& context, std::string_view text, std::string_view name) {
  KP_TRY(const BlockHash hash, hash_from<BlockHash>(text, name));
  const chain::Entry* entry = context.engine().find(hash);
  if (entry == nullptr) return fail(Code::InvalidAddressOrKey, "Block not found");
  return entry;
}

}  // namespace kepeng::rpc
