// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Builders of valid regtest blocks and transactions, and a draft that a test may spoil before it is finished.
//
//   ChainBuilder chain{network};
//   chain.extend(101);
//   BlockDraft draft = chain.draft({chain.key().spend({chain.coinbase_coin(1)}, {...})});
//   draft.coinbase().outputs[0].value.sats += 1;
//   BlockPtr too_greedy = draft.finish();
//
// `finish` computes what the draft was not told to leave alone: witness commitment, merkle root, nonce.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <kepeng/consensus/constants.h>
#include <kepeng/consensus/deployments.h>
#include <kepeng/consensus/difficulty.h>
#include <kepeng/consensus/merkle.h>
#include <kepeng/consensus/witness_commitment.h>
#include <kepeng/crypto/keys.h>
#include <kepeng/crypto/ripemd160.h>
#include <kepeng/primitives/mutable_transaction.h>
#include <kepeng/script/builder.h>
#include <kepeng/script/output_template.h>
#include <kepeng/script/sighash.h>
#include <kepeng/script/taproot.h>

#include "support/header_line.h"

namespace kepeng::test {

struct OwnedCoin {
  OutPoint outpoint;
  Amount value;
  Bytes script_pubkey;
};

inline const Bytes kAnyoneCanSpend{0x51};

// One private key and the outputs it can spend.
class TestKey {
 public:
  explicit TestKey(std::uint8_t number = 1)
      : secret_{*crypto::PrivateKey::from_bytes(Bytes(32, number))}, signer_{crypto::Hash32{}} {}

  Bytes public_key() const {
    const auto key = signer_.public_key(secret_);
    return Bytes(key.begin(), key.end());
  }
  Bytes p2pkh() const {
    using script::Op;
    return script::ScriptBuilder{}
        .op(Op::Dup)
        .op(Op::Hash160)
        .push(crypto::hash160(public_key()))
        .op(Op::EqualVerify)
        .op(Op::CheckSig)
        .take();
  }
  Bytes p2wpkh() const {
    return script::ScriptBuilder{}.op(script::Op::Zero).push(crypto::hash160(public_key())).take();
  }
  // Key path only, and without a tweak, which the rules do not ask for.
  Bytes p2tr() const { return script::ScriptBuilder{}.op(script::Op::One).push(signer_.xonly_key(secret_).key).take(); }

  // A signed transaction; coins of other scripts are left without a signature.
  MutableTransaction spend(const std::vector<OwnedCoin>& coins, std::vector<MutableTxOut> outputs) const {
    MutableTransaction tx;
    for (const OwnedCoin& coin : coins) tx.inputs.push_back({coin.outpoint, {}, 0xffffffff, {}});
    tx.outputs = std::move(outputs);
    sign(tx, coins);
    return tx;
  }

  void sign(MutableTransaction& tx, const std::vector<OwnedCoin>& coins) const {
    std::vector<TxOut> spent;
    for (const OwnedCoin& coin : coins) spent.push_back({coin.value, coin.script_pubkey});
    for (MutableTxIn& input : tx.inputs) {
      input.script_sig.clear();
      input.witness.clear();
    }
    const TxPtr bare = tx.freeze();
    for (std::uint32_t i = 0; i < coins.size(); ++i) sign_input(tx.inputs[i], *bare, i, spent);
  }

 private:
  void sign_input(MutableTxIn& input, const Transaction& tx, std::uint32_t i, std::span<const TxOut> spent) const {
    const ByteView script_pubkey = spent[i].script_pubkey;
    switch (script::output_type(script_pubkey)) {
      case script::OutputType::PubKeyHash: {
        const Bytes signature = ecdsa(script::legacy_sighash(tx, {i, script_pubkey, script::kSighashAll, {}}));
        input.script_sig = script::ScriptBuilder{}.push(signature).push(public_key()).take();
        break;
      }
      case script::OutputType::WitnessV0KeyHash:
        input.witness = {ecdsa(script::bip143_sighash(tx, {i, p2pkh(), script::kSighashAll, spent[i].value})),
                         public_key()};
        break;
      case script::OutputType::WitnessV1Taproot: {
        script::TaprootMessage message;
        message.input = i;
        const auto signature = signer_.sign_schnorr(secret_, *script::taproot_sighash(tx, message, {spent}), {});
        input.witness = {Bytes(signature.begin(), signature.end())};
        break;
      }
      default:
        break;
    }
  }
  Bytes ecdsa(const crypto::Hash32& hash) const {
    Bytes signature = signer_.sign_ecdsa(secret_, hash);
    signature.push_back(static_cast<std::uint8_t>(script::kSighashAll));
    return signature;
  }

  crypto::PrivateKey secret_;
  crypto::Signer signer_;
};

// A block that is not finished. Every part may be changed; `finish` leaves alone what was set by hand.
struct BlockDraft {
  BlockHeader header;
  std::vector<MutableTransaction> transactions;
  Uint256 pow_limit;
  bool commits_witness = true;  // `finish` writes the commitment and the coinbase's reserved value
  bool computes_merkle_root = true;
  bool is_mined = true;

  MutableTransaction& coinbase() { return transactions.front(); }

  // Adds or replaces the commitment output and the reserved value.
  void commit_to_witness() {
    MutableTransaction& first = coinbase();
    std::erase_if(first.outputs, [](const MutableTxOut& output) { return is_commitment(output.script_pubkey); });
    first.inputs[0].witness = {Bytes(32, 0)};
    std::vector<crypto::Hash32> leaves{crypto::Hash32{}};
    for (std::size_t i = 1; i < transactions.size(); ++i) leaves.push_back(transactions[i].freeze()->wtxid.bytes);
    const auto root = consensus::merkle_root(std::move(leaves)).root;
    Bytes script{0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed};
    append(script, consensus::witness_commitment(root, first.inputs[0].witness[0]));
    first.outputs.push_back({Amount{0}, std::move(script)});
  }
  bool has_witness() const {
    return std::any_of(transactions.begin() + 1, transactions.end(),
                       [](const MutableTransaction& tx) { return tx.has_witness(); });
  }
  void compute_merkle_root() {
    std::vector<crypto::Hash32> leaves;
    for (const MutableTransaction& tx : transactions) leaves.push_back(tx.freeze()->txid.bytes);
    header.merkle_root = {consensus::merkle_root(std::move(leaves)).root};
  }
  void mine() {
    while (!meets_target(header.hash(), header.target, pow_limit)) ++header.nonce;
  }
  BlockPtr finish() {
    if (commits_witness && has_witness()) commit_to_witness();
    if (computes_merkle_root) compute_merkle_root();
    if (is_mined) mine();
    return block();
  }
  // As it stands.
  BlockPtr block() const {
    std::vector<TxPtr> frozen;
    for (const MutableTransaction& tx : transactions) frozen.push_back(tx.freeze());
    auto parsed = parse_block(serialize_block(header, frozen));
    KP_ASSERT(parsed.ok());
    return std::move(parsed).value();
  }

  static bool is_commitment(ByteView script) {
    constexpr std::array<std::uint8_t, 6> kStart{0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed};
    return script.size() >= consensus::kCommitmentScriptMin && equal(script.first(kStart.size()), kStart);
  }
};

class ChainBuilder {
 public:
  // `network` outlives the builder.
  explicit ChainBuilder(const params::NetworkParams& network) : network_{network} {
    line_.push(network.genesis->header());
    blocks_.push_back(network.genesis);
  }

  const params::NetworkParams& network() const { return network_; }
  const HeaderLine& line() const { return line_; }
  Height height() const { return line_.height(); }
  BlockHash tip() const { return line_.at(height()).hash; }
  const std::vector<BlockPtr>& blocks() const { return blocks_; }  // by height, genesis included
  const TestKey& key() const { return key_; }

  // A coinbase that claims `value`, to our P2PKH. The tag keeps coinbases of one height apart.
  MutableTransaction coinbase(Height height, Amount value) const {
    MutableTransaction tx;
    MutableTxIn& input = tx.inputs.emplace_back();
    input.prevout.index = 0xffffffff;
    input.script_sig = script::ScriptBuilder{}.push_number(height).push(Bytes(4, tag_)).take();
    tx.outputs.push_back({value, key_.p2pkh()});
    return tx;
  }
  // The next block, with these transactions; `fees` go to the coinbase.
  BlockDraft draft(std::vector<MutableTransaction> transactions = {}, Amount fees = {}) const {
    BlockDraft draft;
    draft.pow_limit = network_.pow_limit;
    const Height height = line_.height() + 1;
    draft.header.version = 0x20000000;
    draft.header.previous = tip();
    draft.header.time = line_.at(line_.height()).time + spacing_;
    draft.header.target = consensus::next_target(line_, draft.header.time, network_);
    draft.transactions.push_back(coinbase(height, {consensus::block_subsidy(height, network_).sats + fees.sats}));
    for (MutableTransaction& tx : transactions) draft.transactions.push_back(std::move(tx));
    return draft;
  }
  const BlockPtr& accept(BlockPtr block) {
    line_.push(block->header());
    return blocks_.emplace_back(std::move(block));
  }
  const BlockPtr& extend(std::vector<MutableTransaction> transactions = {}, Amount fees = {}) {
    return accept(draft(std::move(transactions), fees).finish());
  }
  void extend_by(int count) {
    for (int i = 0; i < count; ++i) extend();
  }
  // Goes back, so that another branch can be built.
  void rewind_to(Height height) {
    line_.cut_to(height);
    blocks_.resize(static_cast<std::size_t>(height + 1));
    ++tag_;
  }

  OwnedCoin coin(const Transaction& tx, std::uint32_t index) const {
    const TxOut& output = tx.outputs[index];
    return {{tx.txid, index}, output.value, Bytes(output.script_pubkey.begin(), output.script_pubkey.end())};
  }
  OwnedCoin coinbase_coin(Height height) const {
    return coin(blocks_[static_cast<std::size_t>(height)]->transactions()[0], 0);
  }

  void set_spacing(std::uint32_t seconds) { spacing_ = seconds; }

 private:
  const params::NetworkParams& network_;
  HeaderLine line_;
  std::vector<BlockPtr> blocks_;
  TestKey key_;
  std::uint32_t spacing_ = 600;
  std::uint8_t tag_ = 1;
};

// Records as block files and bootstrap files hold them.
inline Bytes framed(const params::NetworkParams& network, std::span<const BlockPtr> blocks) {
  Bytes file;
  for (const BlockPtr& block : blocks) {
    append(file, network.magic);
    append_le(file, static_cast<std::uint32_t>(block->raw().size()));
    append(file, block->raw());
  }
  return file;
}

}  // namespace kepeng::test
