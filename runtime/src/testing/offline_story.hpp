#pragma once
#include "timeline.hpp"

#include <calluna/sim/event.hpp>
#include <calluna/sim/machine.hpp>

#include <memory>

namespace calluna::runtime::testing {

/// The record's state, caller and place are those of the channel.
void copy_state(sim::channel const& from, channel_record& to);

/// Writes down what happens at an offline PBX; as long as its machine.
class offline_story {
 public:
  offline_story(sim::machine& of, std::shared_ptr<timeline> into);

 private:
  void hear(sim::event const& e);
  void change(channel_record& r, sim::event const& e);
  channel_record& record(sim::channel const& c);

  sim::machine& machine_;
  std::shared_ptr<timeline> story_;
};

}  // namespace calluna::runtime::testing
