#pragma once
#include <calluna/clock.hpp>
#include <calluna/log.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace calluna::runtime::testing {

/// What became of one channel: kept beyond its end, for what a test asks afterwards.
struct channel_record {
  std::uint64_t serial = 0;
  std::string id, name, endpoint, linkedid;
  /// Who that is, for people: the caller's number, or the phone's endpoint.
  std::string who;
  bool called_us = false;  ///< else it was called
  std::string state = "Down";
  std::string caller_name, caller_number;
  std::string connected_name, connected_number;  ///< what its display shows
  std::string stasis;                            ///< the application that leads it, or empty
  std::string music;                             ///< the class it hears, or empty
  std::string context, exten, app;
  std::vector<std::string> dialplan;  ///< "context,exten,priority App(data)", in order
  std::vector<std::string> heard;     ///< what was played to it
  std::string pressed;
  std::set<std::uint64_t> bridged, ever_bridged;  ///< serials of others
  std::map<std::string, std::string> variables;
  std::string parked;     ///< the space where it waits, or empty
  bool sounding = false;  ///< a playback goes on
  bool answered = false, ended = false;
  int cause = 0;
};

/// What happens in one case, written down: at the PBX, and what the app says.
class timeline final : public log_sink {
 public:
  /// Lines have the seconds since now.
  explicit timeline(std::shared_ptr<clock const> time);

  /// A line about nobody in particular: what the test does, what is asked of the PBX.
  void note(std::string text);
  /// A line about a channel.
  void say(channel_record const& of, std::string_view text);
  void write(log_level level, std::string_view room, std::string_view text) override;

  struct logged {
    log_level level;
    std::string room, text;
  };
  std::vector<logged> const& log() const noexcept { return log_; }
  /// Made when it is asked for the first time.
  channel_record& record(std::uint64_t serial) { return channels_[serial]; }
  channel_record* find(std::uint64_t serial);
  channel_record const* find(std::uint64_t serial) const;
  /// Channels of that endpoint, in the order of their making.
  std::vector<channel_record*> of_endpoint(std::string_view endpoint);

  /// The lines from that one on, which becomes the next one.
  std::vector<std::string> lines_from(std::size_t& next) const;
  /// The lines about the calls of these channels, and those about nobody; all, if none are named.
  std::vector<std::string> lines(std::set<std::uint64_t> const& about) const;

 private:
  struct line {
    double at;
    std::uint64_t about;  ///< 0: nobody in particular
    std::string text;
  };
  void add(std::uint64_t about, std::string text);
  static std::string shown(line const& l);

  std::shared_ptr<clock const> time_;
  clock::wall_time began_;
  std::map<std::uint64_t, channel_record> channels_;
  std::vector<line> lines_;
  std::vector<logged> log_;
};

}  // namespace calluna::runtime::testing
