// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/peers_file.h>

#include <algorithm>

#include <kepeng/crypto/sha256.h>

#include "address_record.h"

namespace kepeng::gossip {
namespace {

constexpr std::uint8_t kVersion = 4;
// The oldest version whose readers can read this, plus 32, so that readers older still stumble over it.
constexpr std::uint8_t kOldestReader = 32 + 4;
constexpr std::uint8_t kOldestReaderBase = 32;
// Newer files say their number of buckets with this bit flipped, which readers from before took for nonsense.
constexpr std::uint32_t kBucketsBit = 1u << 30;
constexpr std::size_t kEntryBytesMin = kAddressRecordBytesMin + 2 + 8 + 4;
constexpr std::size_t kHashBytes = 32;

void append_entry(Bytes& to, const KnownAddress& known) {
  append_address_record(to, known.entry);
  append_network_address(to, known.source);
  append_le(to, known.last_success.seconds);
  append_le(to, known.attempts);
}

KnownAddress read_entry(Cursor& from) {
  KnownAddress known{.entry = {}, .source = {}, .last_try = {}, .last_counted_try = {}, .last_success = {}};
  known.entry = read_address_record(from);
  known.source = read_network_address(from);
  // Time is subtracted from it.
  known.last_success = {std::clamp<std::int64_t>(from.read_le<std::int64_t>(), 0, std::int64_t{1} << 40)};
  known.attempts = std::max(from.read_le<std::int32_t>(), 0);
  return known;
}

crypto::Hash32 asmap_checksum(const AddressGroups& groups) {
  return groups.asmap() == nullptr ? crypto::Hash32{} : crypto::sha256d(groups.asmap()->program());
}

struct Contents {
  crypto::Hash32 key{};
  std::vector<KnownAddress> fresh;  // of the new table
  std::vector<KnownAddress> tried;
  std::vector<std::vector<std::uint32_t>> buckets;  // of new: positions in `fresh`
  crypto::Hash32 asmap{};
};

void read_entries(Cursor& from, std::uint32_t count, std::vector<KnownAddress>& entries) {
  if (count > from.remaining() / kEntryBytesMin) from.fail(DecodeError::Truncated);
  for (std::uint32_t i = 0; i < count && from.ok(); ++i) entries.push_back(read_entry(from));
}

void read_buckets(Cursor& from, std::uint32_t count, Contents& contents) {
  if (count > from.remaining() / 4) from.fail(DecodeError::Truncated);
  for (std::uint32_t bucket = 0; bucket < count && from.ok(); ++bucket) {
    auto& indexes = contents.buckets.emplace_back();
    const auto size = from.read_le<std::uint32_t>();
    if (size > from.remaining() / 4) from.fail(DecodeError::Truncated);
    for (std::uint32_t i = 0; i < size && from.ok(); ++i) indexes.push_back(from.read_le<std::uint32_t>());
  }
}

Result<Contents, std::string> read_contents(ByteView bytes) {
  Cursor from{bytes};
  Contents contents;
  from.skip(1);
  const auto oldest_reader = from.read_le<std::uint8_t>();
  if (from.ok() && (oldest_reader < kOldestReaderBase || oldest_reader > kOldestReader)) {
    return Err{std::string{"it was written by a newer program in a format that this one does not know"}};
  }
  const ByteView key = from.read_bytes(contents.key.size());
  if (from.ok()) std::copy(key.begin(), key.end(), contents.key.begin());
  const auto fresh = from.read_le<std::uint32_t>();
  const auto tried = from.read_le<std::uint32_t>();
  const auto buckets = from.read_le<std::uint32_t>() ^ kBucketsBit;
  read_entries(from, fresh, contents.fresh);
  read_entries(from, tried, contents.tried);
  read_buckets(from, buckets, contents);
  const ByteView asmap = from.read_bytes(contents.asmap.size());
  if (!from.ok() || from.remaining() != 0) return Err{std::string{"its contents are damaged"}};
  std::copy(asmap.begin(), asmap.end(), contents.asmap.begin());
  return contents;
}

void restore(AddressBook& book, const Contents& contents) {
  for (const KnownAddress& known : contents.tried) {
    const bool has_its_place = book.restore(AddressBook::Table::Tried, known);
    if (!has_its_place) book.restore(AddressBook::Table::New, known);
  }
  const bool has_same_groups =
      contents.asmap == asmap_checksum(book.groups()) && contents.buckets.size() == AddressBook::kNewBuckets;
  for (std::size_t bucket = 0; bucket < contents.buckets.size(); ++bucket) {
    for (const std::uint32_t index : contents.buckets[bucket]) {
      if (index >= contents.fresh.size()) continue;
      book.restore(AddressBook::Table::New, contents.fresh[index],
                   has_same_groups ? std::optional{bucket} : std::nullopt);
    }
  }
}

}  // namespace

Bytes write_peers_file(const AddressBook& book, const NetworkMagic& magic) {
  using Table = AddressBook::Table;
  Bytes entries;
  std::unordered_map<const KnownAddress*, std::uint32_t> indexes;
  std::vector<std::vector<std::uint32_t>> buckets(AddressBook::kNewBuckets);
  book.visit(Table::New, [&](AddressBook::Place place, const KnownAddress& known) {
    const auto [item, is_first] = indexes.emplace(&known, static_cast<std::uint32_t>(indexes.size()));
    if (is_first) append_entry(entries, known);
    buckets[place.bucket].push_back(item->second);
  });
  book.visit(Table::Tried, [&](AddressBook::Place, const KnownAddress& known) { append_entry(entries, known); });

  Bytes file{magic.begin(), magic.end()};
  file.push_back(kVersion);
  file.push_back(kOldestReader);
  append(file, book.key());
  append_le(file, static_cast<std::uint32_t>(indexes.size()));
  append_le(file, static_cast<std::uint32_t>(book.count(Table::Tried)));
  append_le(file, static_cast<std::uint32_t>(AddressBook::kNewBuckets) ^ kBucketsBit);
  append(file, entries);
  for (const auto& bucket : buckets) {
    append_le(file, static_cast<std::uint32_t>(bucket.size()));
    for (const std::uint32_t index : bucket) append_le(file, index);
  }
  append(file, asmap_checksum(book.groups()));
  append(file, crypto::sha256d(file));
  return file;
}

Result<AddressBook, std::string> read_peers_file(ByteView file, const NetworkMagic& magic, AddressGroups groups,
                                                 const Prng& random) {
  if (file.size() < magic.size() + kHashBytes) return Err{std::string{"it ends too early"}};
  if (!equal(file.first(magic.size()), magic)) return Err{std::string{"it belongs to another network"}};
  const ByteView hashed = file.first(file.size() - kHashBytes);
  if (!equal(crypto::sha256d(hashed), file.last(kHashBytes))) return Err{std::string{"its checksum is wrong"}};
  KP_TRY(const Contents contents, read_contents(hashed.subspan(magic.size())));
  AddressBook book{{contents.key, random}, std::move(groups)};
  restore(book, contents);
  return book;
}

}  // namespace kepeng::gossip
