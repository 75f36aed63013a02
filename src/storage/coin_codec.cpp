// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/storage/coin_codec.h>

#include <algorithm>
#include <array>

#include <kepeng/crypto/keys.h>
#include <kepeng/storage/varint.h>

namespace kepeng::storage {
namespace {

constexpr std::uint8_t kOpReturn = 0x6a;
constexpr std::uint8_t kOpDup = 0x76;
constexpr std::uint8_t kOpEqual = 0x87;
constexpr std::uint8_t kOpEqualVerify = 0x88;
constexpr std::uint8_t kOpHash160 = 0xa9;
constexpr std::uint8_t kOpCheckSig = 0xac;

enum ScriptType : std::uint8_t {
  KeyHash = 0,
  ScriptHash = 1,
  EvenKey = 2,
  OddKey = 3,
  FullEvenKey = 4,
  FullOddKey = 5
};
constexpr std::uint32_t kSpecialTypes = 6;

// A script of a common form: its type and the bytes that differ between scripts of that type.
struct SpecialScript {
  std::uint8_t type = 0;
  ByteView payload;
};

bool is_key_hash(ByteView s) {
  return s.size() == 25 && s[0] == kOpDup && s[1] == kOpHash160 && s[2] == 20 && s[23] == kOpEqualVerify &&
         s[24] == kOpCheckSig;
}
bool is_script_hash(ByteView s) {
  return s.size() == 23 && s[0] == kOpHash160 && s[1] == 20 && s[22] == kOpEqual;
}
bool is_short_key(ByteView s) {
  return s.size() == 35 && s[0] == 33 && s[34] == kOpCheckSig && (s[1] == 0x02 || s[1] == 0x03);
}
bool is_full_key(ByteView s) {
  return s.size() == 67 && s[0] == 65 && s[66] == kOpCheckSig && s[1] == 0x04;
}

// False for the common case of none of them, after a look at size and first byte.
bool classify(ByteView script, SpecialScript& special) {
  if (is_key_hash(script)) {
    special = {KeyHash, script.subspan(3, 20)};
  } else if (is_script_hash(script)) {
    special = {ScriptHash, script.subspan(2, 20)};
  } else if (is_short_key(script)) {
    special = {script[1], script.subspan(2, 32)};
  } else if (is_full_key(script) && crypto::is_valid_public_key(script.subspan(1, 65))) {
    // Only x is kept, so y must be what the curve says it is.
    special = {static_cast<std::uint8_t>(FullEvenKey | (script[65] & 1)), script.subspan(2, 32)};
  } else {
    return false;
  }
  return true;
}

std::size_t payload_size(std::uint32_t type) {
  return type <= ScriptHash ? 20 : 32;
}

void append_all(Bytes& to, std::initializer_list<std::uint8_t> bytes) {
  to.insert(to.end(), bytes);
}

// The script that a type and its payload stand for; false when the payload is no point of the curve.
bool expand(std::uint32_t type, ByteView payload, Bytes& script) {
  switch (type) {
    case KeyHash:
      append_all(script, {kOpDup, kOpHash160, 20});
      append(script, payload);
      append_all(script, {kOpEqualVerify, kOpCheckSig});
      return true;
    case ScriptHash:
      append_all(script, {kOpHash160, 20});
      append(script, payload);
      script.push_back(kOpEqual);
      return true;
    case EvenKey:
    case OddKey:
      append_all(script, {33, static_cast<std::uint8_t>(type)});
      append(script, payload);
      script.push_back(kOpCheckSig);
      return true;
    default:
      break;
  }
  crypto::CompressedKey compressed;
  compressed[0] = static_cast<std::uint8_t>(type - 2);
  std::copy(payload.begin(), payload.end(), compressed.begin() + 1);
  const auto key = crypto::decompress_public_key(compressed);
  if (!key) return false;
  script.push_back(65);
  append(script, *key);
  script.push_back(kOpCheckSig);
  return true;
}

std::uint32_t code_of(const CoinView& coin) {
  return static_cast<std::uint32_t>(coin.height) * 2 + (coin.is_coinbase ? 1 : 0);
}

void read_code(Cursor& from, Coin& coin) {
  const auto code = read_varint<std::uint32_t>(from);
  coin.height = static_cast<Height>(code >> 1);
  coin.is_coinbase = (code & 1) != 0;
}

// What stands in front of the script's own bytes, put together on the stack: a coin is two insertions.
struct Head {
  std::array<std::uint8_t, 3 * kVarintBytesMax + 1> bytes;
  std::size_t size = 0;

  void add(std::uint64_t number) { size += store_varint(bytes.data() + size, number); }
  ByteView view() const { return {bytes.data(), size}; }
};

void append_with_script(Bytes& to, Head& head, ByteView script) {
  SpecialScript special;
  const bool is_special = classify(script, special);
  head.add(is_special ? special.type : script.size() + kSpecialTypes);
  append(to, head.view());
  append(to, is_special ? special.payload : script);
}

void read_output(Cursor& from, Coin& coin) {
  coin.value = decompress_amount(read_varint(from));
  ScriptCompressor::read(from, coin.script_pubkey);
}

}  // namespace

// With n = m * 10^e, e at most 9 and m no multiple of 10 unless e is 9: the last digit d of m is 1..9 when e < 9, so
// the number is 1 + ((m / 10) * 9 + d - 1) * 10 + e; with e = 9 every m is possible: 1 + (m - 1) * 10 + 9.
std::uint64_t compress_amount(Amount amount) {
  auto n = static_cast<std::uint64_t>(amount.sats);
  if (n == 0) return 0;
  std::uint64_t zeros = 0;
  for (; zeros < 9 && n % 10 == 0; ++zeros) n /= 10;
  if (zeros == 9) return 1 + (n - 1) * 10 + 9;
  const std::uint64_t digit = n % 10;
  return 1 + (n / 10 * 9 + digit - 1) * 10 + zeros;
}

Amount decompress_amount(std::uint64_t compressed) {
  if (compressed == 0) return Amount{0};
  std::uint64_t rest = compressed - 1;
  const std::uint64_t zeros = rest % 10;
  rest /= 10;
  std::uint64_t n = rest + 1;
  if (zeros < 9) n = rest / 9 * 10 + rest % 9 + 1;
  for (std::uint64_t i = 0; i < zeros; ++i) n *= 10;
  return Amount{static_cast<std::int64_t>(n)};
}

void ScriptCompressor::append(Bytes& to, ByteView script) {
  Head head;
  append_with_script(to, head, script);
}

std::size_t ScriptCompressor::size(ByteView script) {
  SpecialScript special;
  if (classify(script, special)) return 1 + special.payload.size();
  return varint_length(script.size() + kSpecialTypes) + script.size();
}

void ScriptCompressor::read(Cursor& from, Bytes& script) {
  script.clear();
  const auto type = read_varint<std::uint32_t>(from);
  if (!from.ok()) return;
  if (type < kSpecialTypes) {
    const ByteView payload = from.read_bytes(payload_size(type));
    if (from.ok() && !expand(type, payload, script)) from.fail(DecodeError::UnknownOptionalData);
    return;
  }
  const ByteView bytes = from.read_bytes(type - kSpecialTypes);
  if (bytes.size() > kScriptBytesMax) {
    script.push_back(kOpReturn);
  } else {
    script.assign(bytes.begin(), bytes.end());
  }
}

void ScriptCompressor::skip(Cursor& from) {
  const auto type = read_varint<std::uint32_t>(from);
  if (from.ok()) from.skip(type < kSpecialTypes ? payload_size(type) : type - kSpecialTypes);
}

void append_coin(Bytes& to, const CoinView& coin) {
  Head head;
  head.add(code_of(coin));
  head.add(compress_amount(coin.value));
  append_with_script(to, head, coin.script_pubkey);
}

void read_coin(Cursor& from, Coin& coin) {
  read_code(from, coin);
  read_output(from, coin);
}

void append_undo_coin(Bytes& to, const CoinView& coin) {
  Head head;
  head.add(code_of(coin));
  if (coin.height > 0) head.add(0);
  head.add(compress_amount(coin.value));
  append_with_script(to, head, coin.script_pubkey);
}

void read_undo_coin(Cursor& from, Coin& coin) {
  read_code(from, coin);
  // Once the version of the transaction; any number is accepted, as old files may hold one.
  if (coin.height > 0) static_cast<void>(read_varint<std::uint32_t>(from));
  read_output(from, coin);
}

void append_block_undo(Bytes& to, const BlockUndo& undo) {
  append_undo_header(to, undo.transactions.size());
  for (const TxUndo& transaction : undo.transactions) {
    append_undo_header(to, transaction.spent.size());
    for (const Coin& coin : transaction.spent) append_undo_coin(to, coin.view());
  }
}

Result<BlockUndo, DecodeError> decode_block_undo(ByteView bytes) {
  Cursor cursor{bytes};
  BlockUndo undo;
  for (std::uint64_t n = cursor.read_size(); n > 0 && cursor.ok(); --n) {
    TxUndo& transaction = undo.transactions.emplace_back();
    for (std::uint64_t m = cursor.read_size(); m > 0 && cursor.ok(); --m) {
      read_undo_coin(cursor, transaction.spent.emplace_back());
    }
  }
  if (!cursor.ok()) return Err{cursor.error()};
  if (cursor.remaining() != 0) return Err{DecodeError::TrailingBytes};
  return undo;
}

}  // namespace kepeng::storage
