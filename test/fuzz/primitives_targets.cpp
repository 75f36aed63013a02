// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/primitives/block_filter.h>
#include <kepeng/primitives/mutable_transaction.h>
#include <kepeng/primitives/packed_transaction.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

MutableTransaction sample_transaction(std::size_t witness_bytes) {
  MutableTransaction tx;
  tx.inputs.push_back({{Txid{{1}}, 7}, {0x51, 0x52}, 0xfffffffe, {}});
  tx.inputs.push_back({{Txid{{2}}, 0}, {}, 0, {}});
  if (witness_bytes != 0) tx.inputs[1].witness = {Bytes{}, Bytes(witness_bytes, 0xcc)};
  tx.outputs.push_back({Amount{5000}, {0x6a, 1, 1}});
  tx.outputs.push_back({Amount{-1}, Bytes(25, 0x76)});
  return tx;
}

Seeds transaction_seeds() {
  MutableTransaction empty;
  return {sample_transaction(0).serialize(), sample_transaction(3).serialize(), sample_transaction(300).serialize(),
          empty.serialize()};
}

Seeds block_seeds() {
  Seeds seeds;
  for (std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{5}}) {
    std::vector<TxPtr> transactions;
    for (std::size_t i = 0; i < count; ++i) transactions.push_back(sample_transaction(i).freeze());
    seeds.push_back(serialize_block({}, transactions));
  }
  return seeds;
}

// What is common to a transaction alone and one in a block: a second parse and a second writer agree.
void check_transaction(const Transaction& tx) {
  const MutableTransaction copy{tx};
  KP_ASSERT(equal(copy.serialize(), tx.raw));
  Bytes stripped;
  tx.append_stripped(stripped);
  KP_ASSERT(stripped.size() == tx.stripped_size && stripped == copy.serialize(WitnessForm::Forbidden));
  KP_ASSERT((tx.wtxid.bytes == tx.txid.bytes) == !tx.has_witness());
  KP_ASSERT(tx.weight() <= 4 * tx.total_size() && tx.weight() >= tx.total_size());
}

// At rest and back.
void check_packed(const Transaction& tx) {
  const PackedTxPtr packed = pack(tx);
  const TxPtr again = unpack(packed);
  KP_ASSERT(again->txid == tx.txid && again->wtxid == tx.wtxid && equal(again->raw, tx.raw));
  KP_ASSERT(again->weight() == tx.weight() && packed->weight() == tx.weight());
  KP_ASSERT(again->inputs.size() == tx.inputs.size() && packed->output_count() == tx.outputs.size());
  std::size_t place = 0;
  for (const OutPoint& prevout : packed->prevouts()) KP_ASSERT(prevout == tx.inputs[place++].prevout);
  KP_ASSERT(place == tx.inputs.size());
  for (std::size_t i = 0; i < tx.outputs.size(); ++i) {
    KP_ASSERT(equal(packed->output(i).script_pubkey, tx.outputs[i].script_pubkey));
  }
}

FUZZ_TARGET(transaction, transaction_seeds) {
  for (const WitnessForm form : {WitnessForm::Allowed, WitnessForm::Forbidden}) {
    const auto tx = bounded_by(input.size(), 20, [&] { return parse_transaction(copy_of(input), form); });
    if (!tx) continue;
    KP_ASSERT(equal((*tx)->raw, input));
    check_transaction(**tx);
    check_packed(**tx);
    Bytes longer = copy_of(input);
    longer.push_back(0);
    const auto refused = parse_transaction(std::move(longer), form);
    KP_ASSERT(!refused && refused.error() == DecodeError::TrailingBytes);
  }
}

FUZZ_TARGET(block, block_seeds) {
  const auto parsed = bounded_by(input.size(), 20, [&] { return parse_block(copy_of(input)); });
  if (!parsed) return;
  const Block& block = **parsed;
  KP_ASSERT(block.raw().size() <= input.size() && equal(block.raw(), input.first(block.raw().size())));
  KP_ASSERT(block.header() == BlockHeader::decode(input.data()) && block.hash() == block.header().hash());
  std::vector<TxPtr> alone;
  std::size_t inputs = 0;
  for (const Transaction& tx : block.transactions()) {
    check_transaction(tx);
    const auto again = parse_transaction(copy_of(tx.raw));
    KP_ASSERT(again && (*again)->txid == tx.txid && (*again)->wtxid == tx.wtxid);
    alone.push_back(*again);
    inputs += tx.inputs.size();
  }
  KP_ASSERT(inputs == block.inputs().size());
  KP_ASSERT(equal(serialize_block(block.header(), alone), block.raw()));
}

Seeds header_seeds() {
  return {Bytes(80, 0), Bytes(80, 0xff)};
}

FUZZ_TARGET(header, header_seeds) {
  if (input.size() < BlockHeader::kSize) return;
  const BlockHeader header = BlockHeader::decode(input.data());
  KP_ASSERT(equal(header.encode(), input.first(BlockHeader::kSize)));
  KP_ASSERT(BlockHash::from_string(header.hash().to_string()) == header.hash());
}

Seeds target_seeds() {
  Seeds seeds;
  for (const std::uint32_t bits : {0x1d00ffffu, 0x207fffffu, 0x01003456u, 0x04923456u, 0xff123456u}) {
    append_le(seeds.emplace_back(), bits);
  }
  return seeds;
}

FUZZ_TARGET(target, target_seeds) {
  const CompactTarget compact{Input{input}.take<std::uint32_t>()};
  const ExpandedTarget expanded = expand(compact);
  if (expanded.is_negative || expanded.is_overflow) {
    KP_ASSERT(work_of(compact) == Work{});
    return;
  }
  // Compact forms that say the same become one, which is stable.
  const CompactTarget canonical = compress(expanded.value);
  const ExpandedTarget again = expand(canonical);
  KP_ASSERT(!again.is_negative && !again.is_overflow && again.value == expanded.value);
  KP_ASSERT(compress(again.value) == canonical);
  KP_ASSERT(work_of(canonical) == work_of(compact));
}

// The hash of the block, then a filter.
Seeds block_filter_seeds() {
  const std::vector<TxPtr> transactions{sample_transaction(0).freeze()};
  const BlockPtr block = *parse_block(serialize_block({}, transactions));
  Bytes seed = copy_of(block->hash().view());
  append(seed, BlockFilter::basic(*block, {}).encoded());
  Bytes empty(33, 0);
  return {seed, empty};
}

// The filter of a block with such outputs has every script, and comes back from its bytes.
void check_filter_of(const std::vector<Bytes>& scripts) {
  MutableTransaction tx = sample_transaction(0);
  for (const Bytes& script : scripts) tx.outputs.push_back({Amount{0}, script});
  const std::vector<TxPtr> transactions{tx.freeze()};
  const BlockPtr block = *parse_block(serialize_block({}, transactions));
  const std::vector<ByteView> spent(scripts.begin(), scripts.end());
  const BlockFilter filter = BlockFilter::basic(*block, spent);
  for (const Bytes& script : scripts) KP_ASSERT(script.empty() || filter.matches(script));
  const auto decoded = BlockFilter::decode(copy_of(filter.encoded()), block->hash());
  KP_ASSERT(decoded && *decoded == filter);
}

FUZZ_TARGET(block_filter, block_filter_seeds) {
  Input fields{input};
  const BlockHash hash{fields.array<32>()};
  const Bytes encoded = copy_of(fields.rest());
  const auto filter = bounded_by(encoded.size(), 3, [&] { return BlockFilter::decode(encoded, hash); });
  std::vector<Bytes> scripts;
  for (Input pieces{encoded}; !pieces.empty() && scripts.size() < 100;) {
    scripts.push_back(copy_of(pieces.take_bytes(1 + pieces.take() % 32)));
  }
  check_filter_of(scripts);
  if (!filter) return;
  KP_ASSERT(equal(filter->encoded(), encoded) && filter->size() <= encoded.size());
  const std::vector<ByteView> views(scripts.begin(), scripts.end());
  const bool any = std::any_of(views.begin(), views.end(), [&](ByteView script) { return filter->matches(script); });
  KP_ASSERT(filter->matches_any(views) == any);
}

}  // namespace
}  // namespace kepeng::fuzz
