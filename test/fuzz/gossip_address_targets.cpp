// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The address book, and the file that keeps it.

#include <kepeng/crypto/sha256.h>
#include <kepeng/gossip/peers_file.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

using namespace gossip;

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

// --- address book ----------------------------------------------------------------------------------------------------

enum BookOp : std::uint8_t { kHear, kSucceed, kTry, kSee, kSelect, kSettle, kSample, kGrowOld, kReload, kBookOps };

// One of few enough that they meet again, in groups of several sizes and in five networks.
wire::Endpoint some_endpoint(Input& fields) {
  const std::uint8_t group = fields.take();
  const std::uint8_t host = fields.take();
  const auto port = static_cast<std::uint16_t>(8'330 + fields.take() % 4);
  if (group % 8 != 7) return {wire::NetworkAddress::ipv4({8, group, host, 1}), port};
  constexpr std::array kNetworks{wire::AddressNetwork::Ipv6, wire::AddressNetwork::Onion, wire::AddressNetwork::I2p,
                                 wire::AddressNetwork::Cjdns};
  const auto network = kNetworks[host % kNetworks.size()];
  Bytes bytes(wire::address_bytes(network), host);
  bytes[0] = network == wire::AddressNetwork::Cjdns ? 0xfc : 0x2a;
  return {wire::NetworkAddress::of(network, bytes), port};
}

Seeds address_book_seeds() {
  Bytes all;
  for (std::uint8_t i = 0; i < 60; ++i) {
    const std::uint8_t group = i / 4;
    append(all, Bytes{kHear, group, i, 0, 1, 0, static_cast<std::uint8_t>(i % 5), i, 0});
    if (i % 3 == 0) append(all, Bytes{kSucceed, group, i, 0});
    if (i % 4 == 0) append(all, Bytes{kTry, group, i, 0, 1, kSee, group, i, 0});
    if (i % 8 == 0) append(all, Bytes{kSelect, i, kSettle, kSample, i, kGrowOld, 200, 1});
  }
  append(all, Bytes{kReload, kSelect, 0, kGrowOld, 255, 255, kReload, kSample, 0});
  return {all};
}

class BookTalk {
 public:
  void act(Input& fields) {
    switch (fields.take() % kBookOps) {
      case kHear:
        return hear(fields);
      case kSucceed: {
        const auto endpoint = some_endpoint(fields);
        const bool has_moved = book_.note_success(endpoint, now_);
        KP_ASSERT(!has_moved || book_.find(endpoint)->is_tried);
        return;
      }
      case kTry: {
        const auto endpoint = some_endpoint(fields);
        return book_.note_attempt(endpoint, fields.flip() ? Failure::Counts : Failure::MayBeOurs, now_);
      }
      case kSee:
        return book_.note_presence(some_endpoint(fields), now_);
      case kSelect:
        return select(fields.take());
      case kSettle:
        if (const auto in_the_way = book_.select_in_the_way()) KP_ASSERT(in_the_way->is_tried);
        return book_.resolve_collisions(now_);
      case kSample: {
        const std::size_t percent = 1 + fields.take() % 100u;
        KP_ASSERT(book_.sample({1000, percent}, {}, now_).size() <= book_.size() * percent / 100);
        return;
      }
      case kGrowOld:
        now_ = UnixTime{now_.seconds + std::int64_t{fields.take<std::uint16_t>()} * 60};
        return;
      default: {
        auto again = read_peers_file(write_peers_file(book_, kMagic), kMagic, AddressGroups{}, Prng{1});
        KP_ASSERT(again && again->size() <= book_.size());
        book_ = std::move(*again);
      }
    }
  }
  void check() const { book_.check(); }

 private:
  using Failure = AddressBook::Failure;
  using Table = AddressBook::Table;

  void hear(Input& fields) {
    AddressBook::Told told;
    told.entry.endpoint = some_endpoint(fields);
    const auto age = std::int64_t{fields.take()} * 40'000 - 80'000;
    told.entry.last_seen = static_cast<std::uint32_t>(now_.seconds - age);
    told.entry.services = fields.take();
    told.source = wire::NetworkAddress::ipv4({9, fields.take(), 1, 1});
    const bool was_known = book_.find(told.entry.endpoint) != nullptr;
    const bool is_new = book_.add(told, now_);
    KP_ASSERT(!is_new || (!was_known && book_.find(told.entry.endpoint) != nullptr));
  }
  void select(std::uint8_t which) {
    AddressBook::Wish wish;
    if (which % 3 != 0) wish.table = which % 3 == 1 ? Table::New : Table::Tried;
    if (which % 4 == 0) wish.networks = {wire::AddressNetwork::Ipv4};
    const auto chosen = book_.select(wish, now_);
    std::size_t there = 0;
    for (const auto table : {Table::New, Table::Tried}) {
      if (wish.table && wish.table != table) continue;
      there += wish.networks.empty() ? book_.count(table) : book_.count(table, wire::AddressNetwork::Ipv4);
    }
    KP_ASSERT(chosen.has_value() == (there != 0));
    KP_ASSERT(!chosen || book_.find(chosen->entry.endpoint) != nullptr);
  }

  AddressBook book_{{crypto::Hash32{1}, Prng{1}}, AddressGroups{}};
  UnixTime now_ = kNow;
};

// P-16: whatever is heard, tried and forgotten, the tables agree with the entries and find what they hold.
FUZZ_TARGET(address_book, address_book_seeds) {
  Input fields{input};
  BookTalk talk;
  for (int acts = 0; acts < 400 && !fields.empty(); ++acts) talk.act(fields);
  talk.check();
}

}  // namespace
}  // namespace kepeng::fuzz
