// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/fees/estimates_file.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include <kepeng/primitives/encoding.h>

namespace kepeng::fees {
namespace {

// The order of the horizons in the file.
constexpr std::array kFileOrder{Horizon::Medium, Horizon::Short, Horizon::Long};

void append_double(Bytes& to, double number) {
  append_le(to, std::bit_cast<std::uint64_t>(number));
}
void append_row(Bytes& to, std::span<const double> row) {
  append_compact_size(to, row.size());
  for (const double number : row) append_double(to, number);
}
void append_rows(Bytes& to, const std::vector<std::vector<double>>& rows) {
  append_compact_size(to, rows.size());
  for (const auto& row : rows) append_row(to, row);
}

double read_double(Cursor& from) {
  return std::bit_cast<double>(from.read_le<std::uint64_t>());
}

// Counts and sums of rates are never negative, infinite or no number at all.
bool read_row(Cursor& from, std::vector<double>& row) {
  if (from.read_size() != kBuckets) return false;
  row.resize(kBuckets);
  for (double& number : row) {
    number = read_double(from);
    if (!std::isfinite(number) || number < 0) return false;
  }
  return from.ok();
}
bool read_rows(Cursor& from, unsigned periods, std::vector<std::vector<double>>& rows) {
  if (from.read_size() != periods) return false;
  rows.resize(periods);
  for (auto& row : rows) {
    if (!read_row(from, row)) return false;
  }
  return true;
}

bool read_bounds(Cursor& from) {
  if (from.read_size() != kBuckets) return false;
  for (const double bound : kBounds) {
    if (read_double(from) != bound) return false;
  }
  return from.ok();
}

constexpr double kRateMax = 1e18;       // more than all the money for one byte
constexpr double kRounding = 1 + 1e-9;  // of sums
constexpr double kNothing = 1e-250;     // below, a fading count loses its last digits one by one

// More cannot have been mined in time than was mined, nor at a higher rate than the bucket's.
bool makes_sense(const Counts& counts) {
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    double fewer = 0;
    for (const auto& period : counts.in_time) {
      if (period[bucket] < fewer) return false;
      fewer = period[bucket];
    }
    // The same sum, added and faded in the same steps.
    if (fewer > counts.mined[bucket]) return false;
    const double most = counts.mined[bucket] * std::min(kBounds[bucket], kRateMax);
    if (counts.rates[bucket] > most * kRounding + kNothing) return false;
  }
  return true;
}

Result<Counts, std::string> read_counts(Cursor& from, const HorizonFacts& facts) {
  const std::string who = "its counts of the " + std::string{facts.name} + " horizon ";
  if (read_double(from) != facts.decay || from.read_le<std::uint32_t>() != facts.scale) {
    return Err{who + "are of another kind"};
  }
  Counts counts;
  if (!read_row(from, counts.rates) || !read_row(from, counts.mined) ||
      !read_rows(from, facts.periods, counts.in_time) || !read_rows(from, facts.periods, counts.gone) ||
      !makes_sense(counts)) {
    return Err{who + "are damaged"};
  }
  return counts;
}

}  // namespace

Bytes write_estimates(const Kept& kept) {
  Bytes bytes;
  append_le(bytes, kFileVersion);
  append_le(bytes, std::int32_t{0});
  append_le(bytes, kept.best);
  append_le(bytes, kept.span.first);
  append_le(bytes, kept.span.last);
  append_row(bytes, kBounds);
  for (const Horizon horizon : kFileOrder) {
    const Counts& counts = kept.counts[static_cast<std::size_t>(horizon)];
    append_double(bytes, facts_of(horizon).decay);
    append_le(bytes, std::uint32_t{facts_of(horizon).scale});
    append_row(bytes, counts.rates);
    append_row(bytes, counts.mined);
    append_rows(bytes, counts.in_time);
    append_rows(bytes, counts.gone);
  }
  return bytes;
}

Result<Kept, std::string> read_estimates(ByteView bytes) {
  Cursor from{bytes};
  const auto version = from.read_le<std::int32_t>();
  from.read_le<std::int32_t>();
  if (!from.ok()) return Err{std::string{"it ends too early"}};
  if (version != kFileVersion) {
    return Err{"its version is " + std::to_string(version) + " and not " + std::to_string(kFileVersion)};
  }
  Kept kept;
  kept.best = from.read_le<Height>();
  kept.span.first = from.read_le<Height>();
  kept.span.last = from.read_le<Height>();
  if (!from.ok()) return Err{std::string{"it ends too early"}};
  if (kept.span.first < 0 || kept.span.first > kept.span.last || kept.span.last > kept.best) {
    return Err{std::string{"its heights contradict each other"}};
  }
  if (!read_bounds(from)) return Err{std::string{"its buckets are not ours"}};
  for (const Horizon horizon : kFileOrder) {
    KP_TRY(kept.counts[static_cast<std::size_t>(horizon)], read_counts(from, facts_of(horizon)));
  }
  return kept;
}

}  // namespace kepeng::fees
