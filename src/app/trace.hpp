// Trace: one CSV row a sample: sample,label,prediction,loss,error,lr,update,event.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "app/session.hpp"

namespace rekindle {

class Trace final : public SampleObserver {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Trace>> open(const std::string& path);
  void observed(const Sample& sample, const Outcome& outcome, const Learner& learner) override;
  [[nodiscard]] Status close();

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  Trace(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  std::string path_;
  std::unique_ptr<std::FILE, Closer> file_;
  std::string row_;
};

}  // namespace rekindle
