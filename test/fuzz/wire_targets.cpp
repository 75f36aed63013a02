// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/primitives/mutable_transaction.h>
#include <kepeng/wire/bloom_filter.h>
#include <kepeng/wire/message.h>
#include <kepeng/wire/reconstruction.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

using namespace wire;

TxPtr sample_transaction(std::uint32_t number) {
  MutableTransaction tx;
  tx.inputs.push_back({{Txid{{7}}, number}, {}, 0, {Bytes{1, 2}}});
  tx.outputs.push_back({Amount{5000}, {0x51}});
  return tx.freeze();
}

BlockPtr sample_block() {
  const std::vector<TxPtr> transactions{sample_transaction(0), sample_transaction(1), sample_transaction(2)};
  return *parse_block(serialize_block({}, transactions));
}

// The position of the message in the table, then its payload.
Seeds message_seeds() {
  const AddressEntry entry{1, 9, {*NetworkAddress::from_string("1.2.3.4"), 8333}};
  const BlockPtr block = sample_block();
  const std::vector<Message> messages{Version{.protocol = 70016, .user_agent = "/kepeng/", .relay = true},
                                      Feature{"abcd", {1}},
                                      Ping{1},
                                      Addr{{entry}},
                                      AddrV2{{entry, entry}},
                                      Inv{{{InventoryType::Wtx, {{1}}}}},
                                      GetHeaders{{1, {BlockHash{{1}}}, {}}},
                                      Headers{{block->header()}},
                                      BlockMessage{block},
                                      MerkleBlock{block->header(), 3, {{{1}}}, {1}},
                                      make_compact_block(block, 5),
                                      GetBlockTxn{block->hash(), {1, 2}},
                                      BlockTxn{block->hash(), {sample_transaction(1)}},
                                      TxMessage{sample_transaction(3)},
                                      FilterLoad{{1, 2}, 3, 4, 1},
                                      CFHeaders{0, {}, {}, {{{1}}}},
                                      CFilter{0, {}, {1, 2}},
                                      Reject{"tx", 1, "no", {}},
                                      Alert{{1}, {2}}};
  Seeds seeds;
  for (const Message& message : messages) {
    Bytes seed{static_cast<std::uint8_t>(message.index())};
    append(seed, encode(message));
    seeds.push_back(std::move(seed));
  }
  for (std::uint8_t row = 0; row < message_table().size(); ++row) seeds.push_back({row});
  return seeds;
}

FUZZ_TARGET(message, message_seeds) {
  Input fields{input};
  const MessageRow& row = message_table()[fields.take() % message_table().size()];
  const ByteView payload = fields.rest();
  const auto message = bounded_by(payload.size(), 20, [&] { return decode(row.name, copy_of(payload)); });
  if (!message) {
    KP_ASSERT(to_string(message.error()) != nullptr);
    return;
  }
  KP_ASSERT(name_of(*message) == row.name);
  const Bytes canonical = encode(*message);
  const auto again = decode(row.name, canonical);
  KP_ASSERT(again && encode(*again) == canonical);
}

Seeds compact_block_seeds() {
  return {encode(make_compact_block(sample_block(), 5)), encode(CmpctBlock{})};
}

// Whatever short ids a peer invents, what is missing can be asked for, and supplying it makes a block.
FUZZ_TARGET(compact_block, compact_block_seeds) {
  auto message = decode("cmpctblock", copy_of(input));
  if (!message) return;
  const std::size_t size = std::get<CmpctBlock>(*message).transactions();
  auto block = BlockReconstruction::begin(std::move(std::get<CmpctBlock>(*message)));
  if (!block) return;
  KP_ASSERT(block->size() == size);
  for (std::uint32_t i = 0; i < 4; ++i) block->offer(sample_transaction(i));
  const auto missing = block->missing();
  KP_ASSERT(block->is_complete() == missing.empty());
  KP_ASSERT(std::is_sorted(missing.begin(), missing.end()));
  const std::vector<TxPtr> supplied(missing.size(), sample_transaction(9));
  KP_ASSERT(block->supply(supplied).ok());
  const auto assembled = block->assemble();
  KP_ASSERT(assembled && (*assembled)->transactions().size() == size);
}

Seeds bloom_filter_seeds() {
  return {encode(FilterLoad{{}, 1, 0, 0}), encode(FilterLoad{{0}, 0, 0, 0}), encode(FilterLoad{Bytes(20), 11, 5, 1})};
}

FUZZ_TARGET(bloom_filter, bloom_filter_seeds) {
  const auto message = decode("filterload", copy_of(input));
  if (!message) return;
  BloomFilter filter{std::get<FilterLoad>(*message)};
  for (std::size_t length = 0; length <= std::min<std::size_t>(input.size(), 40); ++length) {
    const ByteView element = input.last(length);
    filter.insert(element);
    KP_ASSERT(filter.contains(element));
  }
  KP_ASSERT(filter.load().bits.size() == std::get<FilterLoad>(*message).bits.size());
}

Seeds peer_endpoint_seeds() {
  Seeds seeds;
  for (const std::string_view text :
       {"1.2.3.4", "1.2.3.4:8333", "[::1]:18444", "2001:db8::1", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8",
        "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:1",
        "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p"}) {
    seeds.push_back(bytes_of(text));
  }
  return seeds;
}

FUZZ_TARGET(peer_endpoint, peer_endpoint_seeds) {
  const auto endpoint = parse_endpoint(as_text(input), 8333);
  if (!endpoint) return;
  KP_ASSERT(parse_endpoint(endpoint->to_string(), 1) == endpoint);
  KP_ASSERT(!endpoint->address.is_routable() || endpoint->address.is_valid());
}

}  // namespace
}  // namespace kepeng::fuzz
