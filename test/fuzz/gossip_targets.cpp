// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/sha256.h>
#include <kepeng/gossip/asmap.h>
#include <kepeng/gossip/peers_file.h>

#include "fuzz.h"

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

}  // namespace
}  // namespace kepeng::fuzz
