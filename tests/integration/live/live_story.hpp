#pragma once
#include "testing/timeline.hpp"

#include <calluna/ami/message.hpp>
#include <calluna/ari/event.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace calluna::integration {

using runtime::testing::channel_record;
using runtime::testing::timeline;

/// Writes down what happens at a real PBX, as AMI tells it; and of playbacks, as ARI does.
class live_story {
 public:
  explicit live_story(std::shared_ptr<timeline> into) : story_(std::move(into)) {}

  void hear(ami::message_view const& event);
  void hear(ari::event_view const& event);
  /// What the display of that channel's phone shows.
  void shows(std::uint64_t serial, std::string const& name, std::string const& number);
  /// A phone's own number: such a caller is called by the phone's name.
  void know(std::string const& endpoint, std::string const& number) { numbers_[endpoint] = number; }

  channel_record* find(std::string_view uniqueid);
  /// Channels so far.
  std::uint64_t count() const { return serials_.size(); }
  /// The first channel after so many by which that endpoint calls; 0: none yet.
  std::uint64_t call_after(std::uint64_t count, std::string const& endpoint) const;
  channel_record& record(std::uint64_t serial) { return story_->record(serial); }

 private:
  struct bridge {
    bool holding = false;
    std::set<std::uint64_t> channels;
  };
  void look_at(channel_record& r, ami::message_view const& e);
  void begin(ami::message_view const& e);
  void change(channel_record& r, ami::message_view const& e);
  void at_step(channel_record& r, ami::message_view const& e);
  void enter(channel_record& r, ami::message_view const& e);
  void leave(channel_record& r, ami::message_view const& e);
  void end(channel_record& r, ami::message_view const& e);
  std::set<std::uint64_t> targets(std::string const& uri);
  std::set<std::uint64_t> with(std::uint64_t serial) const;
  void connect();

  std::shared_ptr<timeline> story_;
  std::map<std::string, std::uint64_t, std::less<>> serials_;  ///< by Uniqueid
  std::map<std::string, bridge> bridges_;
  std::map<std::string, std::uint64_t> halves_;  ///< of Local channels, by name
  std::map<std::string, std::string> numbers_;
  std::set<std::uint64_t> displays_;  ///< of whom the phone itself tells what it shows
};

}  // namespace calluna::integration
