#pragma once
#include <calluna/log.hpp>
#include <calluna/sim/event.hpp>
#include <calluna/sim/machine.hpp>

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
  bool answered = false, ended = false;
  int cause = 0;
};

/// Writes down what happens in one case: at the PBX, and what the app says. It lives as long as the
/// machine it listens to.
class timeline final : public log_sink {
 public:
  explicit timeline(sim::machine& of);

  /// A line about nobody in particular: what the test does, what is asked of the PBX.
  void note(std::string text);
  void write(log_level level, std::string_view room, std::string_view text) override;

  struct logged {
    log_level level;
    std::string room, text;
  };
  std::vector<logged> const& log() const noexcept { return log_; }
  std::map<std::uint64_t, channel_record> const& channels() const noexcept { return channels_; }
  channel_record const* find(std::uint64_t serial) const;
  /// Channels of that endpoint, in the order of their making.
  std::vector<channel_record const*> of_endpoint(std::string_view endpoint) const;

  /// The lines about the calls of these channels, and those about nobody; all, if none are named.
  std::vector<std::string> lines(std::set<std::uint64_t> const& about) const;

 private:
  struct line {
    double at;
    std::uint64_t about;  ///< 0: nobody in particular
    std::string text;
  };
  void hear(sim::event const& e);
  void change(channel_record& r, sim::event const& e);
  channel_record& record(sim::channel const& c);
  void add(std::uint64_t about, std::string text);

  sim::machine& machine_;
  std::map<std::uint64_t, channel_record> channels_;
  std::vector<line> lines_;
  std::vector<logged> log_;
};

}  // namespace calluna::runtime::testing
