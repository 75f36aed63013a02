// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/filter_serving.h>

#include <algorithm>

namespace kepeng::gossip {
namespace {

constexpr Height kFiltersMax = 1000;
constexpr Height kHeadersMax = 2000;
constexpr Height kCheckpointInterval = 1000;
// Of filters that leave at once: about what a connection holds without anybody waiting.
constexpr std::size_t kBatchBytes = 256 << 10;

}  // namespace

const chain::Entry* FilterServing::stop_of(PeerId peer, wire::FilterType type, const BlockHash& stop,
                                           Actions& out) const {
  if (filters_ == nullptr || type != wire::kBasicFilter) {
    out.push_back(Disconnect{peer, "it asks for block filters that are not offered"});
    return nullptr;
  }
  const chain::Entry* entry = chain_.find(stop);
  // Filters of blocks beside the chain would tell nodes apart.
  if (entry == nullptr || !chain_.view()->contains(entry)) {
    out.push_back(Disconnect{peer, "it asks for filters up to a block that is not in the chain"});
    return nullptr;
  }
  return entry;
}

std::optional<FilterServing::Range> FilterServing::range_of(PeerId peer, const chain::Entry* stop, std::uint32_t start,
                                                            Height most, Actions& out) const {
  if (stop == nullptr) return std::nullopt;
  const std::int64_t count = std::int64_t{stop->height} - std::int64_t{start} + 1;
  if (count < 1 || count > most) {
    out.push_back(Disconnect{peer, count < 1 ? "its range of filters ends before it begins"
                                             : "it asks for more filters than one message may"});
    return std::nullopt;
  }
  return Range{static_cast<Height>(start), stop};
}

void FilterServing::on(PeerId peer, const wire::GetCFilters& message, Actions& out) {
  const chain::Entry* stop = stop_of(peer, message.type, message.stop, out);
  const auto range = range_of(peer, stop, message.start_height, kFiltersMax, out);
  if (!range) return;
  if (!asked_.emplace(peer, *range).second) {
    out.push_back(Disconnect{peer, "it asks for filters faster than it takes them"});
    return;
  }
  on_room(peer, out);
}

void FilterServing::on_room(PeerId peer, Actions& out) {
  const auto found = asked_.find(peer);
  if (found == asked_.end()) return;
  Range& range = found->second;
  for (std::size_t bytes = 0; bytes < kBatchBytes && range.next <= range.stop->height; ++range.next) {
    const chain::Entry* entry = range.stop->ancestor(range.next);
    auto filter = filters_->filter(*entry);
    if (!filter) {  // the index lost it, or never had it
      asked_.erase(found);
      return;
    }
    bytes += filter->size();
    out.push_back(Send{peer, wire::CFilter{wire::kBasicFilter, entry->hash, std::move(*filter)}});
  }
  if (range.next > range.stop->height) asked_.erase(found);
}

void FilterServing::on(PeerId peer, const wire::GetCFHeaders& message, Actions& out) const {
  const chain::Entry* stop = stop_of(peer, message.type, message.stop, out);
  const auto range = range_of(peer, stop, message.start_height, kHeadersMax, out);
  if (!range) return;
  wire::CFHeaders answer{.type = wire::kBasicFilter, .stop = stop->hash, .previous = {}, .hashes = {}};
  if (range->next > 0) {
    const auto previous = filters_->header(*stop->ancestor(range->next - 1));
    if (!previous) return;
    answer.previous = *previous;
  }
  for (Height height = range->next; height <= stop->height; ++height) {
    const auto hash = filters_->hash(*stop->ancestor(height));
    if (!hash) return;
    answer.hashes.push_back(*hash);
  }
  out.push_back(Send{peer, std::move(answer)});
}

void FilterServing::on(PeerId peer, const wire::GetCFCheckpt& message, Actions& out) const {
  const chain::Entry* stop = stop_of(peer, message.type, message.stop, out);
  if (stop == nullptr) return;
  wire::CFCheckpt answer{.type = wire::kBasicFilter, .stop = stop->hash, .headers = {}};
  for (Height height = kCheckpointInterval; height <= stop->height; height += kCheckpointInterval) {
    const auto header = filters_->header(*stop->ancestor(height));
    if (!header) return;
    answer.headers.push_back(*header);
  }
  out.push_back(Send{peer, std::move(answer)});
}

}  // namespace kepeng::gossip
