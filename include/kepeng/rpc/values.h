// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Reading the values that many methods take: hashes, hex, blocks by hash.
//
// The texts of the errors are bitcoind's. Pure functions, but for the look into the engine's tree.
#pragma once

#include <string_view>

#include <kepeng/base/bytes.h>
#include <kepeng/primitives/hash.h>
#include <kepeng/rpc/method.h>

namespace kepeng::rpc {

// -8 "<name> must be of length 64 (not 2, for 'zz')" or "<name> must be hexadecimal string (not '...')".
Result<std::array<std::uint8_t, 32>, RpcError> hash_bytes_from(std::string_view text, std::string_view name);

template <class Hash>
Result<Hash, RpcError> hash_from(std::string_view text, std::string_view name) {
  KP_TRY(const auto bytes, hash_bytes_from(text, name));
  return Hash{bytes};
}

// -8 "<name> must be hexadecimal string (not '...')".
Result<Bytes, RpcError> bytes_from(std::string_view text, std::string_view name);

// The block of that hash; -5 "Block not found".
Result<const chain::Entry*, RpcError> entry_from(const Context& context, std::string_view text, std::string_view name);

}  // namespace kepeng::rpc
