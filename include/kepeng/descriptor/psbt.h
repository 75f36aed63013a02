// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Partially signed transactions (BIP174, version 2: BIP370, taproot: BIP371, MuSig2: BIP373).
//
// A Psbt is what its bytes are: a global map, one map per input, one per output. Pairs that nobody knows are kept.
// `decode_psbt` refuses duplicate keys, pairs whose form is not that of their type, pairs that the version forbids or
// lacks, and utxos that are not those of the transaction; so whoever holds a decoded Psbt need not look again. Nothing
// is reserved by a claimed count, and pairs are bounded. Values; pure functions; errors are texts for the user, those
// of bitcoind where tests fix them.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kepeng/base/result.h>
#include <kepeng/primitives/mutable_transaction.h>

namespace kepeng::descriptor {

enum class PsbtGlobal : std::uint8_t {
  UnsignedTx = 0x00,
  Xpub = 0x01,
  TxVersion = 0x02,
  FallbackLockTime = 0x03,
  InputCount = 0x04,
  OutputCount = 0x05,
  TxModifiable = 0x06,
  Version = 0xfb,
  Proprietary = 0xfc,
};

enum class PsbtIn : std::uint8_t {
  NonWitnessUtxo = 0x00,
  WitnessUtxo = 0x01,
  PartialSig = 0x02,
  SighashType = 0x03,
  RedeemScript = 0x04,
  WitnessScript = 0x05,
  Bip32Derivation = 0x06,
  FinalScriptSig = 0x07,
  FinalScriptWitness = 0x08,
  Ripemd160 = 0x0a,
  Sha256 = 0x0b,
  Hash160 = 0x0c,
  Hash256 = 0x0d,
  PreviousTxid = 0x0e,
  OutputIndex = 0x0f,
  Sequence = 0x10,
  RequiredTimeLockTime = 0x11,
  RequiredHeightLockTime = 0x12,
  TapKeySig = 0x13,
  TapScriptSig = 0x14,
  TapLeafScript = 0x15,
  TapBip32Derivation = 0x16,
  TapInternalKey = 0x17,
  TapMerkleRoot = 0x18,
  Musig2ParticipantPubkeys = 0x1a,
  Musig2PubNonce = 0x1b,
  Musig2PartialSig = 0x1c,
  Proprietary = 0xfc,
};

enum class PsbtOut : std::uint8_t {
  RedeemScript = 0x00,
  WitnessScript = 0x01,
  Bip32Derivation = 0x02,
  Amount = 0x03,
  Script = 0x04,
  TapInternalKey = 0x05,
  TapTree = 0x06,
  TapBip32Derivation = 0x07,
  Musig2ParticipantPubkeys = 0x08,
  Proprietary = 0xfc,
};

// Whether the type is one that this node knows; the others are kept as they are.
bool is_known(PsbtGlobal type);
bool is_known(PsbtIn type);
bool is_known(PsbtOut type);

// The pairs of one map: the key begins with its type. Views of a map live as long as it is not changed.
class PsbtMap {
 public:
  struct Entry {
    ByteView key_data;
    ByteView value;
  };

  // The value of a type without key data.
  template <class Type>
  std::optional<ByteView> find(Type type) const {
    return find_key(static_cast<std::uint8_t>(type));
  }
  // All pairs of a type, by key data.
  template <class Type>
  std::vector<Entry> all(Type type) const {
    return all_keys(static_cast<std::uint8_t>(type));
  }
  template <class Type>
  void set(Type type, Bytes value) {
    pairs_[{static_cast<std::uint8_t>(type)}] = std::move(value);
  }

  std::map<Bytes, Bytes>& pairs() { return pairs_; }
  const std::map<Bytes, Bytes>& pairs() const { return pairs_; }

  friend bool operator==(const PsbtMap&, const PsbtMap&) = default;

 private:
  std::optional<ByteView> find_key(std::uint8_t type) const;
  std::vector<Entry> all_keys(std::uint8_t type) const;

  std::map<Bytes, Bytes> pairs_;
};

enum class PsbtVersion : std::uint32_t { V0 = 0, V2 = 2 };

struct Psbt {
  PsbtVersion version = PsbtVersion::V2;
  PsbtMap global;
  std::vector<PsbtMap> inputs;
  std::vector<PsbtMap> outputs;

  friend bool operator==(const Psbt&, const Psbt&) = default;
};

// More pairs than a transaction can use; their bookkeeping costs more memory than their bytes.
inline constexpr std::size_t kPsbtPairsMax = 1'000'000;

Result<Psbt, std::string> decode_psbt(ByteView bytes);
// In the order in which bitcoind writes them.
Bytes encode_psbt(const Psbt& psbt);

// From a transaction; its scriptSigs and witnesses are dropped.
Psbt make_psbt(const MutableTransaction& tx, PsbtVersion version);

// BIP370: what the inputs ask for, else the fallback. nullopt if they cannot be had together.
std::optional<std::uint32_t> lock_time_of(const Psbt& psbt);
// Without scripts in its inputs; lock time 0 where there is none that suits all inputs.
MutableTransaction unsigned_transaction(const Psbt& psbt);
// What the input spends, if its map says so. `prevout` is that of the unsigned transaction.
std::optional<MutableTxOut> spent_output(const PsbtMap& input, const OutPoint& prevout);
// A final scriptSig or witness is there.
bool is_final(const PsbtMap& input);

// The pairs of all of them together; where values differ, those of the first one. They must be of one transaction.
Result<Psbt, std::string> combine_psbts(std::span<const Psbt> psbts);
// One transaction with the inputs and outputs of all of them, in their order. No two may spend the same output.
Result<Psbt, std::string> join_psbts(std::span<const Psbt> psbts);

// Gives every input that has what its script asks for its final scriptSig and witness, verified against what it spends;
// then only utxos and unknown pairs stay. Scripts with one key, multisig, and taproot by key or by a leaf of one key.
void finalize_psbt(Psbt& psbt);
// The signed transaction, once every input is final.
std::optional<MutableTransaction> extract_transaction(const Psbt& psbt);

}  // namespace kepeng::descriptor
