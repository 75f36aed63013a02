// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include <kepeng/descriptor/psbt.h>

#include "psbt_fields.h"

namespace kepeng::descriptor {
namespace {

constexpr std::array<std::uint8_t, 5> kMagic{0x70, 0x73, 0x62, 0x74, 0xff};

Err<std::string> refuse(std::string message) {
  return Err{std::move(message)};
}

bool has_canonical_type(ByteView key) {
  Cursor cursor{key};
  cursor.read_compact();
  return cursor.ok();
}

// Reads maps one after the other, and counts their pairs.
class Decoder {
 public:
  explicit Decoder(ByteView bytes) : cursor_{bytes} {}

  bool read_magic() { return equal(cursor_.read_bytes(kMagic.size()), kMagic); }

  Result<PsbtMap, std::string> read_map(PsbtScope scope) {
    PsbtMap map;
    for (;;) {
      const ByteView key = cursor_.read_var_bytes();
      if (!cursor_.ok()) return refuse("The PSBT ends too early, or states a size that cannot be");
      if (key.empty()) return map;
      const ByteView value = cursor_.read_var_bytes();
      if (!cursor_.ok()) return refuse("The PSBT ends too early, or states a size that cannot be");
      if (!has_canonical_type(key)) return refuse("The type of a key is not in its shortest form");
      if (++pairs_ > kPsbtPairsMax) return refuse(fmt::format("More than {} pairs", kPsbtPairsMax));
      KP_TRY_VOID(check_pair(scope, key, value));
      const bool is_new = map.pairs().try_emplace(Bytes(key.begin(), key.end()), value.begin(), value.end()).second;
      if (!is_new) return refuse("Duplicate key, it is in the map already");
    }
  }

  bool at_end() const { return cursor_.remaining() == 0; }

 private:
  Cursor cursor_;
  std::size_t pairs_ = 0;
};

Result<PsbtVersion, std::string> version_of(const PsbtMap& global) {
  const auto stated = global.find(PsbtGlobal::Version);
  const std::uint32_t number = stated ? load_le<std::uint32_t>(stated->data()) : 0;
  if (number == 0) return PsbtVersion::V0;
  if (number == 2) return PsbtVersion::V2;
  return refuse(fmt::format("Unsupported version number ({})", number));
}

struct Counts {
  std::uint64_t inputs = 0;
  std::uint64_t outputs = 0;
};

std::uint64_t count_in(const PsbtMap& global, PsbtGlobal type) {
  return Cursor{*global.find(type)}.read_size();
}

Counts counts_of(const Psbt& psbt) {
  if (psbt.version == PsbtVersion::V2) {
    return {count_in(psbt.global, PsbtGlobal::InputCount), count_in(psbt.global, PsbtGlobal::OutputCount)};
  }
  const ByteView raw = *psbt.global.find(PsbtGlobal::UnsignedTx);
  const auto tx = parse_transaction(Bytes(raw.begin(), raw.end()), WitnessForm::Forbidden);
  return {(*tx)->inputs.size(), (*tx)->outputs.size()};
}

// A transaction that an input is said to spend from must be the one it names.
Result<Unit, std::string> check_utxos(const Psbt& psbt) {
  const MutableTransaction tx = unsigned_transaction(psbt);
  for (std::size_t i = 0; i < psbt.inputs.size(); ++i) {
    const auto raw = psbt.inputs[i].find(PsbtIn::NonWitnessUtxo);
    if (!raw) continue;
    const auto previous = parse_transaction(Bytes(raw->begin(), raw->end()));
    if ((*previous)->txid != tx.inputs[i].prevout.txid) {
      return refuse("Non-witness UTXO does not match outpoint hash");
    }
    if (tx.inputs[i].prevout.index >= (*previous)->outputs.size()) {
      return refuse("Input specifies output index that does not exist");
    }
  }
  return Unit{};
}

}  // namespace

Result<Psbt, std::string> decode_psbt(ByteView bytes) {
  Decoder decoder{bytes};
  if (!decoder.read_magic()) return refuse("Invalid PSBT magic bytes");
  Psbt psbt;
  KP_TRY(psbt.global, decoder.read_map(PsbtScope::Global));
  KP_TRY(psbt.version, version_of(psbt.global));
  KP_TRY_VOID(check_presence(PsbtScope::Global, psbt.global, psbt.version));
  const Counts counts = counts_of(psbt);
  // Each map takes at least its separator, so a false count ends with the bytes.
  for (std::uint64_t i = 0; i < counts.inputs; ++i) {
    KP_TRY(PsbtMap map, decoder.read_map(PsbtScope::Input));
    KP_TRY_VOID(check_presence(PsbtScope::Input, map, psbt.version));
    psbt.inputs.push_back(std::move(map));
  }
  for (std::uint64_t i = 0; i < counts.outputs; ++i) {
    KP_TRY(PsbtMap map, decoder.read_map(PsbtScope::Output));
    KP_TRY_VOID(check_presence(PsbtScope::Output, map, psbt.version));
    psbt.outputs.push_back(std::move(map));
  }
  if (!decoder.at_end()) return refuse("extra data after PSBT");
  KP_TRY_VOID(check_utxos(psbt));
  return psbt;
}

}  // namespace kepeng::descriptor
