#pragma once
#include <calluna/result.hpp>
#include <calluna/sim/machine.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace calluna::runtime {

/// What somebody at the keyboard lets the people around an offline PBX do.
class sim_console {
 public:
  explicit sim_console(sim::machine& on) : machine_(on) {}

  /// Obeys one line and gives what there is to say, lines that end with "\n" or nothing. What
  /// happens then is told by the machine's events. Errors say what is wrong with the line.
  result<std::string> obey(std::string_view line);

 private:
  using words = std::vector<std::string>;
  result<std::string> call(words const& w);
  result<std::string> each_channel_of(words const& w,
                                      void (sim::machine::*what)(std::uint64_t serial));
  result<std::string> press(words const& w);
  result<std::string> send_on(words const& w);
  result<std::string> complete(words const& w);
  std::vector<std::uint64_t> channels_of(std::string const& who) const;
  std::string everybody() const;

  sim::machine& machine_;
};

}  // namespace calluna::runtime
