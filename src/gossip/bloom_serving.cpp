// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/bloom_serving.h>

#include <algorithm>

#include <kepeng/consensus/partial_merkle_tree.h>
#include <kepeng/script/output_template.h>
#include <kepeng/script/script_reader.h>

namespace kepeng::gossip {
namespace {

using wire::BloomFilter;
using wire::BloomUpdate;

bool matches_data_of(const BloomFilter& filter, ByteView script) {
  script::ScriptReader reader{script};
  while (const auto step = reader.next()) {
    if (!step->data.empty() && filter.contains(step->data)) return true;
  }
  return false;
}

// In a script with keys in the open, a client cannot see its key spent without the outpoint.
bool is_to_be_added(BloomUpdate mode, ByteView script_pubkey) {
  if (mode == BloomUpdate::All) return true;
  const script::OutputType type = script::output_type(script_pubkey);
  return mode == BloomUpdate::PubkeyOnly &&
         (type == script::OutputType::PubKey || type == script::OutputType::MultiSig);
}

wire::MerkleBlock prove(const Block& block, const std::vector<bool>& wanted) {
  std::vector<crypto::Hash32> txids;
  for (const Transaction& tx : block.transactions()) txids.push_back(tx.txid.bytes);
  Bytes payload;
  append(payload, block.header().encode());
  consensus::PartialMerkleTree::make(std::move(txids), wanted).append_to(payload);
  auto message = wire::decode("merkleblock", std::move(payload));
  KP_ASSERT(message.ok());  // we wrote it
  return std::get<wire::MerkleBlock>(std::move(*message));
}

}  // namespace

bool match_and_update(BloomFilter& filter, const Transaction& tx) {
  bool matches = filter.contains(tx.txid.view());
  for (std::uint32_t i = 0; i < tx.outputs.size(); ++i) {
    const ByteView script = tx.outputs[i].script_pubkey;
    if (!matches_data_of(filter, script)) continue;
    matches = true;
    if (is_to_be_added(filter.update_mode(), script)) filter.insert(OutPoint{tx.txid, i});
  }
  return matches || std::any_of(tx.inputs.begin(), tx.inputs.end(), [&](const TxIn& input) {
           return filter.contains(input.prevout) || matches_data_of(filter, input.script_sig);
         });
}

bool BloomServing::is_offered(PeerId peer, Actions& out) const {
  if (is_open_to(peer)) return true;
  out.push_back(Disconnect{peer, "it asks for Bloom filtering, which is not offered"});
  return false;
}

void BloomServing::on(PeerId peer, wire::FilterLoad message, Actions& out) {
  if (is_offered(peer, out)) filters_.insert_or_assign(peer, BloomFilter{std::move(message)});
}

void BloomServing::on(PeerId peer, const wire::FilterAdd& message, Actions& out) {
  if (!is_offered(peer, out)) return;
  const auto filter = filters_.find(peer);
  if (filter == filters_.end()) {
    out.push_back(Disconnect{peer, "it adds to a filter that it never loaded", Blame::Discourage});
    return;
  }
  filter->second.insert(message.element);
}

void BloomServing::on(PeerId peer, const wire::FilterClear&, Actions& out) {
  if (is_offered(peer, out)) filters_.erase(peer);
}

bool BloomServing::wants(PeerId peer, const Transaction& tx) {
  const auto filter = filters_.find(peer);
  return filter == filters_.end() || match_and_update(filter->second, tx);
}

void BloomServing::serve(PeerId peer, const BlockPtr& block, Actions& out) {
  const auto filter = filters_.find(peer);
  if (filter == filters_.end() || block->transactions().empty()) return;
  std::vector<bool> wanted;
  for (const Transaction& tx : block->transactions()) wanted.push_back(match_and_update(filter->second, tx));
  out.push_back(Send{peer, prove(*block, wanted)});
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    // Clients of this kind are older than witnesses.
    if (wanted[i]) out.push_back(Send{peer, wire::TxMessage{share_transaction(block, i), WitnessForm::Forbidden}});
  }
}

}  // namespace kepeng::gossip
