// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// FilterServing: block filters for light clients, and the chain of their headers (BIP157), where the operator offers
// them.
//
// Filters come from an index, through FilterReader; while the index has not got that far, a question is not answered.
// Filters are large, so they leave one batch at a time as there is room on the way to the peer, and one question waits
// at most. Questions that no honest client asks end the connection. Peer thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include <kepeng/gossip/actions.h>
#include <kepeng/gossip/chain_reader.h>
#include <kepeng/primitives/block_filter.h>

namespace kepeng::gossip {

// What there is of basic filters. Abstract, so that gossip knows no index. Thread-safe.
class FilterReader {
 public:
  virtual ~FilterReader() = default;

  // nullopt: not (yet) known.
  virtual std::optional<Bytes> filter(const chain::Entry& entry) const = 0;
  virtual std::optional<FilterHash> hash(const chain::Entry& entry) const = 0;
  virtual std::optional<FilterHeader> header(const chain::Entry& entry) const = 0;
};

class FilterServing {
 public:
  // Without a reader nothing is offered.
  FilterServing(const ChainReader& chain, const FilterReader* filters) : chain_{chain}, filters_{filters} {}

  void remove_peer(PeerId peer) { asked_.erase(peer); }
  void on(PeerId peer, const wire::GetCFilters& message, Actions& out);
  void on(PeerId peer, const wire::GetCFHeaders& message, Actions& out) const;
  void on(PeerId peer, const wire::GetCFCheckpt& message, Actions& out) const;
  // There is room for more on the way to the peer.
  void on_room(PeerId peer, Actions& out);

  bool is_waiting(PeerId peer) const { return asked_.contains(peer); }

 private:
  struct Range {
    Height next;
    const chain::Entry* stop;
  };
  // The block that a question ends with, if it may be asked; otherwise the peer is sent away.
  const chain::Entry* stop_of(PeerId peer, wire::FilterType type, const BlockHash& stop, Actions& out) const;
  std::optional<Range> range_of(PeerId peer, const chain::Entry* stop, std::uint32_t start, Height most,
                                Actions& out) const;

  const ChainReader& chain_;
  const FilterReader* filters_;
  std::map<PeerId, Range> asked_;
};

}  // namespace kepeng::gossip
