#pragma once
#include <fstream>
#include <string>
#include <vector>

namespace calluna::agi {

/// One recorded talk of tests/wire/agi: what Asterisk sent, and where a command was sent in
/// between.
struct talk_file {
  struct step {
    bool ours;
    std::string line;
  };
  std::vector<step> steps;

  explicit talk_file(std::string const& name) {
    std::ifstream file(std::string(CALLUNA_SOURCE_DIR "/tests/wire/agi/") + name);
    for (std::string line; std::getline(file, line);) {
      if (line.rfind("> ", 0) == 0) steps.push_back({true, line.substr(2)});
      if (line.rfind("< ", 0) == 0) steps.push_back({false, line.substr(2) + "\n"});
    }
  }
};

}  // namespace calluna::agi
