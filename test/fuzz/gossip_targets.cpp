// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/sha256.h>
#include <kepeng/gossip/asmap.h>
#include <kepeng/gossip/peers_file.h>

#include "conversation_node.h"
#include "fuzz.h"
#include "support/chain_builder.h"

namespace kepeng::fuzz {
namespace {

using namespace gossip;

// RETURN 1; JUMP, RETURN 1, RETURN 2; DEFAULT 3, MATCH, RETURN 1.
Seeds asmap_seeds() {
  return {{0, 0, 0}, {0x01, 0, 0, 0, 0, 0x02}, {0x07, 0, 0x32, 0, 0}, {0x07, 0, 0x32, 0, 0, 0}};
}

// The sanity check is the proof that no address leads the interpreter astray.
FUZZ_TARGET(asmap, asmap_seeds) {
  const auto map = bounded_by(input.size(), 3, [&] { return Asmap::parse(copy_of(input)); });
  if (!map) {
    KP_ASSERT(!map.error().empty());
    return;
  }
  wire::NetworkAddress::V1 ip{};
  map->lookup(ip);
  for (std::size_t i = 0; i < ip.size() * 8; ++i) {
    ip[i / 8] = static_cast<std::uint8_t>(ip[i / 8] | 0x80u >> (i % 8));
    map->lookup(ip);
  }
  for (std::size_t i = 0; i < ip.size(); ++i) ip[i] = static_cast<std::uint8_t>(i < input.size() ? input[i] : i * 37);
  map->lookup(ip);
}

constexpr NetworkMagic kMagic{1, 2, 3, 4};
constexpr UnixTime kNow{1'800'000'000};

Seeds peers_file_seeds() {
  AddressBook book{{crypto::Hash32{1}, Prng{1}}, AddressGroups{}};
  for (std::uint8_t i = 0; i < 8; ++i) {
    const wire::Endpoint at{wire::NetworkAddress::ipv4({8, i, 1, 1}), 8333};
    book.add({{static_cast<std::uint32_t>(kNow.seconds), 9, at}, wire::NetworkAddress::ipv4({9, i, 1, 1})}, kNow);
    if (i % 2 == 0) book.note_success(at, kNow);
  }
  Bytes file = write_peers_file(book, kMagic);
  file.erase(file.end() - 32, file.end());
  return {Bytes(file.begin() + 4, file.end()), {}};
}

// With a magic in front and a hash behind that are right, as far as a file can be wrong.
FUZZ_TARGET(peers_file, peers_file_seeds) {
  Bytes file = copy_of(kMagic);
  append(file, input);
  append(file, crypto::sha256d(file));
  auto book = read_peers_file(file, kMagic, AddressGroups{}, Prng{1});
  if (!book) {
    KP_ASSERT(!book.error().empty());
    return;
  }
  book->check();
  book->resolve_collisions(kNow);
  if (book->size() != 0) KP_ASSERT(book->select({}, kNow).has_value());
  const auto again = read_peers_file(write_peers_file(*book, kMagic), kMagic, AddressGroups{}, Prng{1});
  KP_ASSERT(again && again->size() == book->size());
}

// 12 blocks and a branch of 4 from the 6th on; the node knows the first 8. And messages about them, with which inputs
// begin that get further than into the codec.
struct World {
  params::NetworkParams network = params::make_network({.network = params::Network::Regtest}).value();
  std::vector<BlockPtr> blocks;
  std::vector<BlockPtr> branch;
  std::vector<std::pair<std::string_view, Bytes>> samples;

  World() {
    test::ChainBuilder chain{network};
    chain.extend_by(12);
    blocks = {chain.blocks().begin() + 1, chain.blocks().end()};
    chain.rewind_to(6);
    chain.extend_by(4);
    branch = {chain.blocks().begin() + 7, chain.blocks().end()};
    const auto add = [&](const wire::Message& message) {
      samples.emplace_back(wire::name_of(message), wire::encode(message));
    };
    wire::Version version;
    version.protocol = 70'016;
    version.services = 9;
    add(version);
    for (const wire::Message& message : std::initializer_list<wire::Message>{
             wire::Verack{}, wire::WtxidRelay{}, wire::SendAddrV2{}, wire::SendHeaders{}, wire::GetAddr{},
             wire::SendCmpct{wire::AnnounceMode::HighBandwidth, 2}, wire::Ping{7}, wire::Mempool{},
             wire::FilterClear{}})
      add(message);
    for (const auto* some : {&blocks, &branch}) add_chain(*some, add);
  }
  template <class F>
  static void add_chain(const std::vector<BlockPtr>& chain, const F& add) {
    using wire::InventoryItem;
    using wire::InventoryType;
    wire::Headers headers;
    wire::BlockLocator locator{70'016, {}, {}};
    for (const BlockPtr& block : chain) {
      headers.headers.push_back(block->header());
      locator.hashes.insert(locator.hashes.begin(), block->hash());
      add(wire::BlockMessage{block});
      add(wire::make_compact_block(block, 1));
      add(wire::Inv{{InventoryItem::of(InventoryType::Block, block->hash())}});
      add(wire::GetBlockTxn{block->hash(), {0}});
      for (const auto type : {InventoryType::WitnessBlock, InventoryType::FilteredBlock, InventoryType::CompactBlock})
        add(wire::GetData{{InventoryItem::of(type, block->hash())}});
      add(wire::NotFound{{InventoryItem::of(InventoryType::WitnessBlock, block->hash())}});
    }
    add(headers);
    add(wire::GetHeaders{locator});
    add(wire::GetBlocks{locator});
  }
};
const World& world() {
  static const World one;
  return one;
}

// What a byte of an input means.
enum Op : std::uint8_t { kConnect, kLeave, kSample, kSpoiled, kAnything, kTime, kDrain, kMine, kCatchUp, kOps };

void act(ConversationNode& node, Input& fields) {
  const std::uint8_t op = fields.take() % kOps;
  const std::uint64_t slot = fields.take() % 4;
  switch (op) {
    case kConnect:
      return node.connect(slot, static_cast<gossip::ConnectionKind>(fields.take() % 6));
    case kLeave:
      return node.disconnect(slot);
    case kSample:
    case kSpoiled: {
      auto [name, payload] = world().samples[fields.take() % world().samples.size()];
      if (op == kSpoiled && !payload.empty()) payload[fields.take<std::uint16_t>() % payload.size()] ^= fields.take();
      return node.say(slot, name, payload);
    }
    case kAnything: {
      const auto table = wire::message_table();
      const std::string_view name = table[fields.take() % table.size()].name;
      return node.say(slot, name, fields.chunk());
    }
    case kTime:
      return node.pass(fields.take<std::uint16_t>() * 20);
    case kDrain:
      return node.drain(slot);
    case kMine:
      return node.find_block(world().blocks[8 + slot]);
    default:
      return node.set_catching_up(fields.flip());
  }
}

Seeds conversation_seeds() {
  Bytes all;
  for (std::uint8_t slot = 0; slot < 3; ++slot) {
    append(all, Bytes{kConnect, slot, static_cast<std::uint8_t>(5 - slot)});  // one that calls, two that are called
    for (const std::uint8_t sample : {0, 2, 3, 1}) append(all, Bytes{kSample, slot, sample});
  }
  for (std::size_t i = 4; i < world().samples.size(); ++i) {
    append(all, Bytes{kSample, static_cast<std::uint8_t>(i % 3), static_cast<std::uint8_t>(i)});
    if (i % 8 == 0) append(all, Bytes{kTime, 0, 100, 0, kDrain, static_cast<std::uint8_t>(i % 3)});
  }
  append(all, Bytes{kMine, 0, kMine, 1, kLeave, 0, kCatchUp, 0, 1, kTime, 0, 0xff, 0xff});
  return {all};
}

FUZZ_TARGET(conversation, conversation_seeds) {
  Input fields{input};
  ConversationNode node{world().network, std::span{world().blocks}.first(8)};
  for (int acts = 0; acts < 300 && !fields.empty(); ++acts) act(node, fields);
  node.check();
}

}  // namespace
}  // namespace kepeng::fuzz
