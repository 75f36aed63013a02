// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// AddressBook: where other nodes may be reached, kept so that nobody can fill it with his own.
//
// Two tables of buckets with 64 places each: `new` for what we were told, `tried` for where we were. A place follows
// from a secret key, the group of the address and, in `new`, the group of who told us: one source reaches 64 of the
// 1,024 new buckets, one group 8 of the 256 tried ones, whatever it sends. Who is in the way of an address that
// answered is asked first whether he still answers. Memory is bounded by the tables. Sizes and numbers: reliability
// P-16. One thread; randomness is handed in, so a seed replays a run.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include <kepeng/base/random.h>
#include <kepeng/base/time.h>
#include <kepeng/crypto/siphash.h>
#include <kepeng/gossip/address_groups.h>
#include <kepeng/wire/addresses.h>

namespace kepeng::gossip {

// One address and its history.
struct KnownAddress {
  wire::AddressEntry entry;
  wire::NetworkAddress source;  // who told us
  UnixTime last_try;            // zero: never
  UnixTime last_counted_try;
  UnixTime last_success;
  std::int32_t attempts = 0;    // that failed since the last success
  std::uint8_t references = 0;  // places in the new table
  bool is_tried = false;

  // Not worth a place: never answered, gone for long, from the future.
  bool is_terrible(UnixTime now) const;
  // How likely it is to be chosen, compared with one that nobody tried: low after recent and failed attempts.
  double chance(UnixTime now) const;
};

class AddressBook {
 public:
  static constexpr std::size_t kNewBuckets = 1024;
  static constexpr std::size_t kTriedBuckets = 256;
  static constexpr std::size_t kBucketSize = 64;

  enum class Table : std::uint8_t { New, Tried };
  struct Place {
    std::size_t bucket = 0;
    std::size_t position = 0;
  };
  // Of an entry; 64 bits, so that a flood cannot make them begin anew (CVE-2024-52919).
  using Id = std::uint64_t;

  struct Secrets {
    crypto::Hash32 key{};
    Prng random;
    Id first_id = 1;
  };
  AddressBook(const Secrets& secrets, AddressGroups groups);
  static Secrets fresh_secrets();

  struct Told {
    wire::AddressEntry entry;
    wire::NetworkAddress source;
    std::int64_t time_penalty_seconds = 0;  // a claim by hearsay is older than it says
  };
  // True if it is a new one.
  bool add(const Told& told, UnixTime now);

  // We connected and the handshake went well. False: nothing has changed its table (unknown, already tried, or its
  // place is taken and the one there will be tested first).
  bool note_success(const wire::Endpoint& endpoint, UnixTime now);
  enum class Failure : std::uint8_t { Counts, MayBeOurs };
  void note_attempt(const wire::Endpoint& endpoint, Failure failure, UnixTime now);
  // At the end of a long connection: it was there until now.
  void note_presence(const wire::Endpoint& endpoint, UnixTime now);
  void set_services(const wire::Endpoint& endpoint, wire::Services services);

  struct Wish {
    std::optional<Table> table{};
    std::set<wire::AddressNetwork> networks{};  // empty: any
  };
  // One to connect to, at random by chance.
  std::optional<KnownAddress> select(const Wish& wish, UnixTime now);
  // What is in the way of an address that answered: to be tested by a connection.
  std::optional<KnownAddress> select_in_the_way();
  // Settles what tests have shown since.
  void resolve_collisions(UnixTime now);

  struct SampleSize {
    std::size_t count_max = 1000;
    std::size_t percent_max = 23;
  };
  // At random, without those that are terrible; for getaddr.
  std::vector<wire::AddressEntry> sample(const SampleSize& size, std::optional<wire::AddressNetwork> network,
                                         UnixTime now);

  std::size_t size() const { return known_.size(); }
  std::size_t count(Table table, std::optional<wire::AddressNetwork> network = {}) const;
  const KnownAddress* find(const wire::Endpoint& endpoint) const;
  // Every occupied place of a table.
  void visit(Table table, const std::function<void(Place, const KnownAddress&)>& visitor) const;
  const AddressGroups& groups() const { return groups_; }
  const crypto::Hash32& key() const { return secret_; }

  // For loading: puts back what `visit` showed, where its place is free (false if not). Without a bucket, as for all of
  // tried, the place follows from today's groups.
  bool restore(Table table, const KnownAddress& known, std::optional<std::size_t> bucket = {});

  // Stops the process when the tables and the entries do not agree; for tests.
  void check() const;

 private:
  struct EndpointHash {
    crypto::SipHashKey key;
    std::size_t operator()(const wire::Endpoint& endpoint) const;
  };
  struct Record {
    KnownAddress known;
    std::size_t order = 0;  // its position in order_
  };

  std::uint64_t hash(std::initializer_list<ByteView> parts) const;
  Place tried_place(const KnownAddress& known) const;
  Place new_place(const KnownAddress& known, const wire::NetworkAddress& source) const;
  std::size_t position(Table table, std::size_t bucket, const wire::Endpoint& endpoint) const;
  Id& slot(Table table, Place place);
  Id slot(Table table, Place place) const;

  std::vector<std::size_t> buckets_with(const Wish& wish, Table table) const;
  const KnownAddress* first_from(const Wish& wish, Table table, Place start) const;
  Id create(const KnownAddress& known);
  void move(KnownAddress& known, Table to);
  void remove(Id id);
  void clear_new(Place place);
  void forget_new_places(Id id);
  void move_to_tried(Id id);
  void refresh(KnownAddress& known, const Told& told, UnixTime now) const;
  bool wants_another_place(const KnownAddress& known);
  void settle_collision(Id id, UnixTime now);
  KnownAddress* find_mutable(const wire::Endpoint& endpoint);

  std::size_t& counter(const KnownAddress& known);

  crypto::Hash32 secret_;
  crypto::SipHashKey key_;
  Prng random_;
  AddressGroups groups_;
  Id next_id_;
  std::vector<Id> new_table_;  // zero: free
  std::vector<Id> tried_table_;
  std::unordered_map<Id, Record> known_;
  std::unordered_map<wire::Endpoint, Id, EndpointHash> ids_;
  std::vector<Id> order_;                               // all, for fair samples
  std::set<Id> colliding_;                              // answered, and their place in tried is taken
  std::array<std::array<std::size_t, 7>, 2> counts_{};  // by table and network
  UnixTime last_success_{1};  // of anybody: failures count once for each time that we are known to be online
};

}  // namespace kepeng::gossip
