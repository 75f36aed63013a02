// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// LineTalk: a conversation in lines with a service of this machine (Tor's control port, an I2P router), without
// sockets.
//
// A line in, text to send out. What is found out goes to the hooks of the conversation, in the same thread, from within
// the call. A conversation that has failed is over; a new one may be begun over a new connection.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kepeng::reach {

class LineTalk {
 public:
  virtual ~LineTalk() = default;

  struct Step {
    enum class Awaits : unsigned char { Answer, Nothing };  // an answer must come in time, or nothing need ever come
    Awaits awaits = Awaits::Answer;
    std::string send{};
    std::optional<std::string> problem{};  // a sentence
  };
  // The first words, over a connection that has just been made.
  virtual Step begin() = 0;
  // Without its line end.
  virtual Step on_line(std::string_view line) = 0;
  // The connection is gone, and with it what was arranged over it.
  virtual void on_lost() = 0;
};

}  // namespace kepeng::reach
