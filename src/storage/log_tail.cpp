// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "log_tail.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>

#include <kepeng/base/files.h>

#include "crc32c.h"

namespace kepeng::storage {
namespace {

// The log format: blocks of 32 KiB; in them records of masked CRC-32C (4), length (2), type (1), bytes; a record that
// would leave less than a header in its block is followed by zeros up to the next.
constexpr std::size_t kBlockBytes = 32768;
constexpr std::size_t kHeaderBytes = 7;
constexpr std::uint8_t kTypeMax = 4;
constexpr std::uint32_t kMaskDelta = 0xa282ead8;

constexpr char kClosedMark[] = "kepeng-closed";
constexpr char kFirstManifest[] = "MANIFEST-000001";
constexpr std::uint64_t kCurrentBytesMax = 1000;
constexpr std::uint64_t kMarkBytesMax = 1 << 16;

struct LogShape {
  std::uint64_t size = 0;
  std::uint64_t sound = 0;    // the length of the part in front of the first unsound record
  std::uint64_t records = 0;  // in that part
  bool sound_after = false;   // sound records follow the unsound one in the same block or a later one
};

bool is_sound(ByteView header, ByteView block_rest) {
  const std::size_t length = load_le<std::uint16_t>(header.data() + 4);
  const std::uint8_t type = header[6];
  if (type == 0 || type > kTypeMax || kHeaderBytes + length > block_rest.size()) return false;
  const std::uint32_t masked = load_le<std::uint32_t>(header.data()) - kMaskDelta;
  const std::uint32_t stored = masked >> 17 | masked << 15;
  return crc32c(block_rest.subspan(6, 1 + length)) == stored;
}

// Goes through the records of one block; false from the first unsound one on.
void read_block(ByteView block, std::uint64_t offset, bool& intact, LogShape& shape) {
  std::size_t at = 0;
  while (block.size() - at >= kHeaderBytes) {
    const ByteView rest = block.subspan(at);
    if (!is_sound(rest.first(kHeaderBytes), rest)) {
      if (intact) shape.sound = offset + at;
      intact = false;
      return;
    }
    if (!intact) {
      shape.sound_after = true;
      return;
    }
    ++shape.records;
    at += kHeaderBytes + load_le<std::uint16_t>(rest.data() + 4);
  }
}

Result<LogShape, Fault> read_shape(Env& env, const std::string& path) {
  KP_TRY(const auto file, env.open_sequential(path));
  LogShape shape;
  bool intact = true;
  Bytes block(kBlockBytes);
  for (;;) {
    KP_TRY(const std::size_t count, file->read(block));
    if (count > 0) read_block(ByteView{block}.first(count), shape.size, intact, shape);
    shape.size += count;
    if (count < block.size()) break;
  }
  if (intact) shape.sound = shape.size;
  return shape;
}

Fault damaged(const std::string& path, const std::string& what) {
  return {FaultKind::Corruption, path + " is damaged: " + what + "."};
}

bool ends_with(const std::string& name, std::string_view ending) {
  return name.size() > ending.size() && name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
}

struct Listing {
  std::vector<std::string> logs;  // oldest first
  std::vector<std::string> manifests;
  bool has_tables = false;
  bool has_current = false;
};

std::uint64_t number_of(const std::string& log) {
  std::uint64_t number = 0;
  std::from_chars(log.data(), log.data() + log.size(), number);
  return number;
}

Result<Listing, Fault> list_files(Env& env, const std::string& directory) {
  KP_TRY(const auto names, env.list(directory));
  Listing listing;
  for (const std::string& name : names) {
    if (ends_with(name, ".log")) listing.logs.push_back(name);
    if (name.starts_with("MANIFEST-")) listing.manifests.push_back(name);
    if (ends_with(name, ".ldb") || ends_with(name, ".sst")) listing.has_tables = true;
    if (name == "CURRENT") listing.has_current = true;
  }
  std::sort(listing.logs.begin(), listing.logs.end(),
            [](const std::string& a, const std::string& b) { return number_of(a) < number_of(b); });
  return listing;
}

// The sizes that logs and manifests had when the database was closed; nullopt if it was not, or bitcoind has had it
// open since (it leaves the mark alone, but makes a new log).
Result<std::optional<ReadLimits>, Fault> read_closed_mark(Env& env, const std::string& directory) {
  const auto bytes = read_file(env, join_path(directory, kClosedMark), kMarkBytesMax);
  if (!bytes) {
    if (bytes.error().kind == FaultKind::Io) return Err{bytes.error()};
    return std::optional<ReadLimits>{};
  }
  std::istringstream lines{std::string{as_text(*bytes)}};
  ReadLimits sizes;
  std::string name;
  for (std::uint64_t size = 0; lines >> name >> size;) sizes[name] = size;
  return std::optional{std::move(sizes)};
}

// One look at a directory; `limits` is what comes out.
struct Inspection {
  Env& env;
  std::string directory;
  Listing listing;
  std::optional<ReadLimits> mark;
  ReadLimits limits;

  std::string path(const std::string& name) const { return join_path(directory, name); }
  bool was_closed(const std::string& name) const { return mark && mark->contains(name); }

  // Without CURRENT there may be only what an interrupted making of the database leaves: its first manifest at most.
  Result<Unit, Fault> without_current() const {
    const bool only_first = listing.manifests.empty() || listing.manifests == std::vector<std::string>{kFirstManifest};
    if (!listing.has_tables && listing.logs.empty() && only_first) return Unit{};
    return Err{damaged(path("CURRENT"), "it is missing, other database files are there")};
  }

  Result<std::string, Fault> current_manifest() const {
    KP_TRY(const Bytes current, read_file(env, path("CURRENT"), kCurrentBytesMax));
    std::string name{as_text(current)};
    if (!name.starts_with("MANIFEST-") || name.back() != '\n' || name.find('/') != std::string::npos) {
      return Err{damaged(path("CURRENT"), "it does not name a manifest")};
    }
    name.pop_back();
    return name;
  }

  // A log is there from the first opening on. One of those at the closing may be gone only if a newer one is in its
  // place: then another program has opened the database since.
  Result<Unit, Fault> no_log_is_missing(const std::string& manifest) const {
    if (listing.logs.empty() && (listing.has_tables || manifest != kFirstManifest)) {
      return Err{damaged(directory, "its log file is missing")};
    }
    if (!mark) return Unit{};
    for (const auto& [name, size] : *mark) {
      if (!ends_with(name, ".log")) continue;
      if (std::find(listing.logs.begin(), listing.logs.end(), name) != listing.logs.end()) continue;
      if (listing.logs.empty() || number_of(listing.logs.back()) < number_of(name)) {
        return Err{damaged(path(name), "it is missing")};
      }
    }
    return Unit{};
  }

  Result<Unit, Fault> inspect_manifest(const std::string& name) {
    auto shape = read_shape(env, path(name));
    if (!shape && shape.error().kind == FaultKind::NotFound) return Err{damaged(path(name), "it is missing")};
    if (!shape) return Err{shape.error()};
    const bool closed = was_closed(name);
    if (shape->sound == shape->size && (!closed || shape->size == mark->at(name))) return Unit{};
    // Every edit is synced before the next, so only the last can be torn.
    if (closed || shape->sound_after || shape->sound == 0) return Err{unsound(name, *shape)};
    limits[name] = shape->sound;
    return Unit{};
  }

  Result<Unit, Fault> inspect_log_files() {
    bool newer_has_records = false;
    for (auto name = listing.logs.rbegin(); name != listing.logs.rend(); ++name) {
      KP_TRY(const LogShape shape, read_shape(env, path(*name)));
      const bool is_whole = shape.sound == shape.size;
      const bool may_be_torn = !was_closed(*name) && !newer_has_records;
      const bool has_other_size = was_closed(*name) && shape.size != mark->at(*name);
      if (has_other_size || (!is_whole && !may_be_torn)) return Err{unsound(*name, shape)};
      if (!is_whole) limits[*name] = shape.sound;
      newer_has_records = newer_has_records || shape.records > 0;
    }
    return Unit{};
  }

  Fault unsound(const std::string& name, const LogShape& shape) const {
    return damaged(path(name), "what begins at byte " + std::to_string(shape.sound) + " is not what was written");
  }
};

}  // namespace

Result<ReadLimits, Fault> inspect_logs(Env& env, const std::string& directory) {
  Inspection look{env, directory, {}, {}, {}};
  KP_TRY(look.listing, list_files(env, directory));
  if (!look.listing.has_current) {
    KP_TRY_VOID(look.without_current());
    return ReadLimits{};
  }
  KP_TRY(const std::string manifest, look.current_manifest());
  KP_TRY(look.mark, read_closed_mark(env, directory));
  KP_TRY_VOID(look.no_log_is_missing(manifest));
  KP_TRY_VOID(look.inspect_manifest(manifest));
  KP_TRY_VOID(look.inspect_log_files());
  return std::move(look.limits);
}

Result<Unit, Fault> write_closed_mark(Env& env, const std::string& directory) {
  KP_TRY(const Listing listing, list_files(env, directory));
  std::string lines;
  for (const auto* names : {&listing.logs, &listing.manifests}) {
    for (const std::string& name : *names) {
      KP_TRY(const auto file, env.open_write(join_path(directory, name), WriteMode::Keep));
      KP_TRY_VOID(file->sync());
      KP_TRY(const std::uint64_t size, file->size());
      lines += name + " " + std::to_string(size) + "\n";
    }
  }
  return write_file_atomically(env, join_path(directory, kClosedMark), as_bytes(lines));
}

Result<Unit, Fault> remove_closed_mark(Env& env, const std::string& directory) {
  return remove_file_durably(env, join_path(directory, kClosedMark));
}

}  // namespace kepeng::storage
