// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/address_book.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <kepeng/base/assert.h>

namespace kepeng::gossip {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

constexpr std::uint64_t kTriedBucketsPerGroup = 8;
constexpr std::uint64_t kNewBucketsPerSourceGroup = 64;
constexpr std::uint8_t kPlacesPerAddress = 8;  // in the new table, if many tell us

constexpr std::int64_t kHorizonSeconds = 30 * kDay;
constexpr int kRetriesOfUnknown = 3;
constexpr int kFailuresMax = 10;
constexpr std::int64_t kFailuresSeconds = 7 * kDay;

constexpr std::size_t kCollisionsMax = 10;
// Whoever answered that recently keeps his place, and a test counts for that long.
constexpr std::int64_t kReplacementSeconds = 4 * kHour;
constexpr std::int64_t kTestWindowSeconds = 40 * kMinute;

template <class T>
std::array<std::uint8_t, sizeof(T)> le_bytes(T value) {
  std::array<std::uint8_t, sizeof(T)> bytes;
  store_le(bytes.data(), value);
  return bytes;
}

// Network, address, port: what tells endpoints apart.
Bytes key_of(const wire::Endpoint& endpoint) {
  Bytes bytes{static_cast<std::uint8_t>(endpoint.address.network())};
  append(bytes, endpoint.address.bytes());
  append_le(bytes, endpoint.port);
  return bytes;
}

}  // namespace

bool KnownAddress::is_terrible(UnixTime now) const {
  if (now - last_try <= kMinute) return false;  // perhaps it is answering right now
  const UnixTime seen{entry.last_seen};
  if (seen - now > 10 * kMinute || now - seen > kHorizonSeconds) return true;
  if (last_success.seconds == 0 && attempts >= kRetriesOfUnknown) return true;
  return now - last_success > kFailuresSeconds && attempts >= kFailuresMax;
}

double KnownAddress::chance(UnixTime now) const {
  const double recently = now - last_try < 10 * kMinute ? 0.01 : 1.0;
  return recently * std::pow(0.66, std::min(attempts, 8));
}

std::size_t AddressBook::EndpointHash::operator()(const wire::Endpoint& endpoint) const {
  return crypto::siphash24(key, key_of(endpoint));
}

AddressBook::AddressBook(const Secrets& secrets, AddressGroups groups)
    : secret_{secrets.key},
      key_{load_le<std::uint64_t>(secrets.key.data()), load_le<std::uint64_t>(secrets.key.data() + 8)},
      random_{secrets.random},
      groups_{std::move(groups)},
      next_id_{secrets.first_id},
      new_table_(kNewBuckets * kBucketSize),
      tried_table_(kTriedBuckets * kBucketSize),
      ids_{0, EndpointHash{key_}} {
  KP_ASSERT(next_id_ != 0);
}

AddressBook::Secrets AddressBook::fresh_secrets() {
  Secrets secrets{{}, Prng::from_system()};
  fill_random(secrets.key);
  return secrets;
}

bool AddressBook::add(const Told& told, UnixTime now) {
  const wire::Endpoint& endpoint = told.entry.endpoint;
  if (!endpoint.address.is_routable()) return false;
  const auto found = ids_.find(endpoint);
  const bool is_unknown = found == ids_.end();
  Id id = is_unknown ? 0 : found->second;
  if (is_unknown) {
    KnownAddress known{
        .entry = told.entry, .source = told.source, .last_try = {}, .last_counted_try = {}, .last_success = {}};
    const bool is_about_itself = endpoint.address == told.source;
    const std::int64_t seen = std::int64_t{told.entry.last_seen} - (is_about_itself ? 0 : told.time_penalty_seconds);
    known.entry.last_seen = static_cast<std::uint32_t>(std::max<std::int64_t>(seen, 0));
    id = create(known);
  } else {
    KnownAddress& known = known_.at(id).known;
    const bool says_nothing_new = told.entry.last_seen <= known.entry.last_seen;
    refresh(known, told, now);
    if (says_nothing_new || !wants_another_place(known)) return false;
  }
  KnownAddress& known = known_.at(id).known;
  const Place place = new_place(known, told.source);
  Id& there = slot(Table::New, place);
  if (there == id) return false;
  if (there != 0) {
    const KnownAddress& other = known_.at(there).known;
    // Nobody loses his last place to a second place of somebody else.
    const bool may_go = other.is_terrible(now) || (other.references > 1 && known.references == 0);
    if (!may_go) {
      if (known.references == 0) remove(id);
      return false;
    }
    clear_new(place);
  }
  there = id;
  ++known.references;
  return is_unknown;
}

void AddressBook::refresh(KnownAddress& known, const Told& told, UnixTime now) const {
  const bool is_online = now - UnixTime{told.entry.last_seen} < kDay;
  const std::int64_t interval = is_online ? kHour : kDay;
  const std::int64_t penalty = known.entry.endpoint.address == told.source ? 0 : told.time_penalty_seconds;
  const std::int64_t seen = std::int64_t{told.entry.last_seen} - penalty;
  if (std::int64_t{known.entry.last_seen} < seen - interval) known.entry.last_seen = static_cast<std::uint32_t>(seen);
  known.entry.services |= told.entry.services;
}

// The more places it has, the less likely it gets another: twice as hard each time.
bool AddressBook::wants_another_place(const KnownAddress& known) {
  if (known.is_tried || known.references == kPlacesPerAddress) return false;
  return random_.below(std::uint64_t{1} << known.references) == 0;
}

bool AddressBook::note_success(const wire::Endpoint& endpoint, UnixTime now) {
  last_success_ = now;  // whoever answered, we are online
  KnownAddress* known = find_mutable(endpoint);
  if (known == nullptr) return false;
  known->last_success = now;
  known->last_try = now;
  known->attempts = 0;
  if (known->is_tried) return false;
  const Id id = ids_.at(endpoint);
  if (slot(Table::Tried, tried_place(*known)) != 0) {
    if (colliding_.size() < kCollisionsMax) colliding_.insert(id);
    return false;
  }
  move_to_tried(id);
  return true;
}

void AddressBook::note_attempt(const wire::Endpoint& endpoint, Failure failure, UnixTime now) {
  KnownAddress* known = find_mutable(endpoint);
  if (known == nullptr) return;
  known->last_try = now;
  if (failure == Failure::MayBeOurs || known->last_counted_try >= last_success_) return;
  known->last_counted_try = now;
  ++known->attempts;
}

void AddressBook::note_presence(const wire::Endpoint& endpoint, UnixTime now) {
  KnownAddress* known = find_mutable(endpoint);
  if (known == nullptr || now - UnixTime{known->entry.last_seen} <= 20 * kMinute) return;
  known->entry.last_seen = static_cast<std::uint32_t>(std::clamp<std::int64_t>(now.seconds, 0, UINT32_MAX));
}

void AddressBook::set_services(const wire::Endpoint& endpoint, wire::Services services) {
  if (KnownAddress* known = find_mutable(endpoint)) known->entry.services = services;
}

std::optional<KnownAddress> AddressBook::select(const Wish& wish, UnixTime now) {
  const auto is_empty = [&](Table table) {
    if (wish.networks.empty()) return count(table) == 0;
    return std::all_of(wish.networks.begin(), wish.networks.end(),
                       [&](wire::AddressNetwork network) { return count(table, network) == 0; });
  };
  Table table = random_.below(2) == 0 ? Table::New : Table::Tried;
  if (wish.table) {
    table = *wish.table;
  } else if (is_empty(table)) {
    table = table == Table::New ? Table::Tried : Table::New;
  }
  if (is_empty(table)) return std::nullopt;

  const std::vector<std::size_t> buckets = buckets_with(wish, table);
  // Every miss makes the next candidate more welcome, so this ends soon even among bad ones.
  for (double welcome = 1.0;; welcome *= 1.2) {
    const std::size_t bucket = buckets[random_.below(buckets.size())];
    const KnownAddress& known = *first_from(wish, table, {bucket, random_.below(kBucketSize)});
    if (random_.unit() < welcome * known.chance(now)) return known;
  }
}

// Those that hold something wanted: found once, so that what is rare costs no more to draw than what is common. A
// bucket is as likely as any other, however many it holds: a crowd in one bucket is no more than its neighbour.
std::vector<std::size_t> AddressBook::buckets_with(const Wish& wish, Table table) const {
  std::vector<std::size_t> buckets;
  for (std::size_t bucket = 0; bucket < (table == Table::New ? kNewBuckets : kTriedBuckets); ++bucket) {
    if (first_from(wish, table, {bucket, 0}) != nullptr) buckets.push_back(bucket);
  }
  return buckets;
}

// The first in the bucket that is wanted, going around once from that position.
const KnownAddress* AddressBook::first_from(const Wish& wish, Table table, Place start) const {
  for (std::size_t i = 0; i < kBucketSize; ++i) {
    const Id id = slot(table, {start.bucket, (start.position + i) % kBucketSize});
    if (id == 0) continue;
    const KnownAddress& known = known_.at(id).known;
    if (wish.networks.empty() || wish.networks.contains(known.entry.endpoint.address.network())) return &known;
  }
  return nullptr;
}

std::optional<KnownAddress> AddressBook::select_in_the_way() {
  if (colliding_.empty()) return std::nullopt;
  auto chosen = colliding_.begin();
  std::advance(chosen, static_cast<std::ptrdiff_t>(random_.below(colliding_.size())));
  const auto record = known_.find(*chosen);
  if (record == known_.end()) {
    colliding_.erase(chosen);
    return std::nullopt;
  }
  const Id there = slot(Table::Tried, tried_place(record->second.known));
  if (there == 0) return std::nullopt;
  return known_.at(there).known;
}

void AddressBook::resolve_collisions(UnixTime now) {
  const std::vector<Id> waiting{colliding_.begin(), colliding_.end()};
  for (const Id id : waiting) settle_collision(id, now);
}

void AddressBook::settle_collision(Id id, UnixTime now) {
  const auto record = known_.find(id);
  if (record == known_.end() || record->second.known.is_tried) {
    colliding_.erase(id);
    return;
  }
  const KnownAddress& newer = record->second.known;
  const Id there = slot(Table::Tried, tried_place(newer));
  bool replaces = there == 0;
  if (there != 0) {
    const KnownAddress& older = known_.at(there).known;
    if (now - older.last_success < kReplacementSeconds) {
      colliding_.erase(id);  // it answers
      return;
    }
    const bool was_tested = now - older.last_try < kReplacementSeconds;
    replaces = was_tested ? now - older.last_try > kMinute : now - newer.last_success > kTestWindowSeconds;
  }
  if (!replaces) return;
  colliding_.erase(id);
  move_to_tried(id);
}

std::vector<wire::AddressEntry> AddressBook::sample(const SampleSize& size, std::optional<wire::AddressNetwork> network,
                                                    UnixTime now) {
  std::size_t wanted = order_.size();
  if (size.percent_max != 0) wanted = wanted * size.percent_max / 100;
  if (size.count_max != 0) wanted = std::min(wanted, size.count_max);
  std::vector<wire::AddressEntry> chosen;
  for (std::size_t i = 0; i < order_.size() && chosen.size() < wanted; ++i) {
    const std::size_t other = i + random_.below(order_.size() - i);
    std::swap(order_[i], order_[other]);
    known_.at(order_[i]).order = i;
    known_.at(order_[other]).order = other;
    const KnownAddress& known = known_.at(order_[i]).known;
    if (network && known.entry.endpoint.address.network() != *network) continue;
    if (!known.is_terrible(now)) chosen.push_back(known.entry);
  }
  return chosen;
}

std::size_t AddressBook::count(Table table, std::optional<wire::AddressNetwork> network) const {
  const auto& counts = counts_[static_cast<std::size_t>(table)];
  if (network) return counts[static_cast<std::size_t>(*network)];
  return std::accumulate(counts.begin(), counts.end(), std::size_t{0});
}

std::size_t& AddressBook::counter(const KnownAddress& known) {
  const auto network = static_cast<std::size_t>(known.entry.endpoint.address.network());
  return counts_[static_cast<std::size_t>(known.is_tried ? Table::Tried : Table::New)][network];
}

void AddressBook::move(KnownAddress& known, Table to) {
  --counter(known);
  known.is_tried = to == Table::Tried;
  ++counter(known);
}

const KnownAddress* AddressBook::find(const wire::Endpoint& endpoint) const {
  const auto found = ids_.find(endpoint);
  return found == ids_.end() ? nullptr : &known_.at(found->second).known;
}

KnownAddress* AddressBook::find_mutable(const wire::Endpoint& endpoint) {
  const auto found = ids_.find(endpoint);
  return found == ids_.end() ? nullptr : &known_.at(found->second).known;
}

void AddressBook::visit(Table table, const std::function<void(Place, const KnownAddress&)>& visitor) const {
  const auto& slots = table == Table::New ? new_table_ : tried_table_;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i] != 0) visitor({i / kBucketSize, i % kBucketSize}, known_.at(slots[i]).known);
  }
}

bool AddressBook::restore(Table table, const KnownAddress& known, std::optional<std::size_t> bucket) {
  const wire::Endpoint& endpoint = known.entry.endpoint;
  if (!endpoint.address.is_routable()) return false;
  const auto found = ids_.find(endpoint);
  if (table == Table::Tried) {
    Id& there = slot(Table::Tried, tried_place(known));
    if (found != ids_.end() || there != 0) return false;
    there = create(known);
    move(known_.at(there).known, Table::Tried);
    return true;
  }
  if (bucket && *bucket >= kNewBuckets) return false;
  const Place place = bucket ? Place{*bucket, position(Table::New, *bucket, endpoint)} : new_place(known, known.source);
  Id& there = slot(Table::New, place);
  if (there != 0) return false;
  const Id id = found == ids_.end() ? create(known) : found->second;
  KnownAddress& restored = known_.at(id).known;
  if (restored.is_tried || restored.references == kPlacesPerAddress) return false;
  there = id;
  ++restored.references;
  return true;
}

void AddressBook::check() const {
  std::unordered_map<Id, std::size_t> places;
  for (const Id id : new_table_) {
    if (id == 0) continue;
    KP_ASSERT(!known_.at(id).known.is_tried);
    ++places[id];
  }
  for (const Id id : tried_table_) {
    if (id == 0) continue;
    KP_ASSERT(known_.at(id).known.is_tried && ++places[id] == 1);
  }
  KP_ASSERT(known_.size() == ids_.size() && known_.size() == order_.size() && known_.size() == places.size());
  for (const auto& [id, record] : known_) {
    const KnownAddress& known = record.known;
    KP_ASSERT(ids_.at(known.entry.endpoint) == id && order_[record.order] == id);
    KP_ASSERT(known.is_tried ? known.references == 0 : known.references == places.at(id));
    KP_ASSERT(!known.is_tried || slot(Table::Tried, tried_place(known)) == id);
  }
  std::array<std::array<std::size_t, 7>, 2> counts{};
  for (const auto& [id, record] : known_) {
    ++counts[record.known.is_tried ? 1 : 0][static_cast<std::size_t>(record.known.entry.endpoint.address.network())];
  }
  KP_ASSERT(counts == counts_ && colliding_.size() <= kCollisionsMax);
}

std::uint64_t AddressBook::hash(std::initializer_list<ByteView> parts) const {
  crypto::SipHash24 hasher{key_};
  for (const ByteView part : parts) hasher.write(part);
  return hasher.finalize();
}

AddressBook::Place AddressBook::tried_place(const KnownAddress& known) const {
  const wire::Endpoint& endpoint = known.entry.endpoint;
  const AddressGroup group = groups_.group_of(endpoint.address);
  const std::uint64_t within = hash({as_bytes("tried"), key_of(endpoint)}) % kTriedBucketsPerGroup;
  const std::size_t bucket = hash({as_bytes("tried group"), group.bytes, le_bytes(within)}) % kTriedBuckets;
  return {bucket, position(Table::Tried, bucket, endpoint)};
}

AddressBook::Place AddressBook::new_place(const KnownAddress& known, const wire::NetworkAddress& source) const {
  const wire::Endpoint& endpoint = known.entry.endpoint;
  const AddressGroup group = groups_.group_of(endpoint.address);
  const AddressGroup source_group = groups_.group_of(source);
  const std::uint64_t within = hash({as_bytes("new"), group.bytes, source_group.bytes}) % kNewBucketsPerSourceGroup;
  const std::size_t bucket = hash({as_bytes("new group"), source_group.bytes, le_bytes(within)}) % kNewBuckets;
  return {bucket, position(Table::New, bucket, endpoint)};
}

std::size_t AddressBook::position(Table table, std::size_t bucket, const wire::Endpoint& endpoint) const {
  const std::array<std::uint8_t, 1> name{static_cast<std::uint8_t>(table)};
  return hash({as_bytes("position"), name, le_bytes(std::uint64_t{bucket}), key_of(endpoint)}) % kBucketSize;
}

AddressBook::Id& AddressBook::slot(Table table, Place place) {
  return (table == Table::New ? new_table_ : tried_table_)[place.bucket * kBucketSize + place.position];
}

AddressBook::Id AddressBook::slot(Table table, Place place) const {
  return (table == Table::New ? new_table_ : tried_table_)[place.bucket * kBucketSize + place.position];
}

// Without a place yet.
AddressBook::Id AddressBook::create(const KnownAddress& known) {
  const Id id = next_id_++;
  KnownAddress fresh = known;
  fresh.references = 0;
  fresh.is_tried = false;
  known_.emplace(id, Record{fresh, order_.size()});
  ids_.emplace(known.entry.endpoint, id);
  order_.push_back(id);
  ++counter(fresh);
  return id;
}

void AddressBook::remove(Id id) {
  const Record& record = known_.at(id);
  KP_ASSERT(record.known.references == 0 && !record.known.is_tried);
  --counter(record.known);
  const Id last = order_.back();
  order_[record.order] = last;
  known_.at(last).order = record.order;
  order_.pop_back();
  ids_.erase(record.known.entry.endpoint);
  colliding_.erase(id);
  known_.erase(id);
}

void AddressBook::clear_new(Place place) {
  Id& there = slot(Table::New, place);
  if (there == 0) return;
  const Id id = std::exchange(there, 0);
  KnownAddress& known = known_.at(id).known;
  --known.references;
  if (known.references == 0) remove(id);
}

// Its places follow from who told us, which is only known of the first; so all buckets are looked into.
void AddressBook::forget_new_places(Id id) {
  KnownAddress& known = known_.at(id).known;
  for (std::size_t bucket = 0; bucket < kNewBuckets && known.references > 0; ++bucket) {
    Id& there = slot(Table::New, {bucket, position(Table::New, bucket, known.entry.endpoint)});
    if (there != id) continue;
    there = 0;
    --known.references;
  }
  KP_ASSERT(known.references == 0);
}

void AddressBook::move_to_tried(Id id) {
  forget_new_places(id);
  KnownAddress& known = known_.at(id).known;
  Id& there = slot(Table::Tried, tried_place(known));
  const Id evicted = std::exchange(there, id);
  move(known, Table::Tried);
  colliding_.erase(id);
  if (evicted == 0) return;
  KnownAddress& older = known_.at(evicted).known;
  const Place back = new_place(older, older.source);
  move(older, Table::New);
  clear_new(back);
  slot(Table::New, back) = evicted;
  older.references = 1;
}

}  // namespace kepeng::gossip
