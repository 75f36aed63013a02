// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Writing numbers and lengths of the consensus encoding into a hasher. Private to the module; pure functions.
#pragma once

#include <kepeng/crypto/sha256.h>
#include <kepeng/primitives/transaction.h>

namespace kepeng::script {

template <class T>
inline void write_le(crypto::Sha256& to, T value) {
  std::uint8_t raw[sizeof(T)];
  store_le(raw, value);
  to.write(raw);
}

inline void write_compact_size(crypto::Sha256& to, std::uint64_t value) {
  if (value < 253) return write_le(to, static_cast<std::uint8_t>(value));
  std::uint8_t raw[9];
  const unsigned length = compact_size_length(value);
  raw[0] = length == 3 ? 253 : length == 5 ? 254 : 255;
  for (unsigned i = 1; i < length; ++i) raw[i] = static_cast<std::uint8_t>(value >> (8 * (i - 1)));
  to.write(ByteView{raw, length});
}

inline void write_var_bytes(crypto::Sha256& to, ByteView bytes) {
  write_compact_size(to, bytes.size());
  to.write(bytes);
}

inline void write_outpoint(crypto::Sha256& to, const OutPoint& outpoint) {
  std::uint8_t raw[36];
  std::memcpy(raw, outpoint.txid.bytes.data(), 32);
  store_le(raw + 32, outpoint.index);
  to.write(raw);
}

inline void write_output(crypto::Sha256& to, const TxOut& output) {
  write_le(to, output.value.sats);
  write_var_bytes(to, output.script_pubkey);
}

}  // namespace kepeng::script
