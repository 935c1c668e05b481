#include "learner/verdict.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>

namespace rekindle {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr double infinite = std::numeric_limits<double>::infinity();

double just_above(double value) { return std::nextafter(value, infinite); }
double just_below(double value) { return std::nextafter(value, -infinite); }

// Nothing stands out.
HealthEvidence usual() {
  HealthEvidence e;
  e.labelled = 10'000;
  e.loss = 0.5;
  e.ignorant_loss = 1;
  e.baseline = 0.5;
  e.lr = 0.1;
  e.base_lr = 0.1;
  return e;
}

using Change = std::function<void(HealthEvidence&)>;

HealthOpinion opinion(const Change& change) {
  auto e = usual();
  change(e);
  return judge(e).value_or(HealthOpinion{Verdict::neutral, "nothing", ""});
}

std::string verdict(const Change& change) {
  auto e = usual();
  change(e);
  const auto found = judge(e);
  return found ? verdict_names[static_cast<std::size_t>(found->verdict)] : "";
}

TEST(Verdict, IsNeutralWhereNothingStandsOut) {
  EXPECT_EQ(verdict([](auto&) {}), "neutral");
  EXPECT_THAT(opinion([](auto&) {}).cause, HasSubstr("no difference to a constant rate of 0.1"));
  EXPECT_THAT(opinion([](auto& e) { e.baseline.reset(); }).cause, HasSubstr("without learner.shadow"));
}

TEST(Verdict, WaitsForFiveHundredLabelledSamplesUnlessTheLossBlowsUp) {
  EXPECT_EQ(verdict([](auto& e) { e.labelled = 499; }), "");
  EXPECT_EQ(verdict([](auto& e) { e.labelled = 500; }), "neutral");
  EXPECT_EQ(verdict([](auto& e) {
              e.labelled = 1;
              e.loss = infinite;
            }),
            "diverging");
}

TEST(Verdict, IsDivergingForFiveThousandSamplesAfterADivergence) {
  EXPECT_EQ(verdict([](auto& e) { e.since_divergence = 0; }), "diverging");
  EXPECT_EQ(verdict([](auto& e) { e.since_divergence = 4999; }), "diverging");
  EXPECT_EQ(verdict([](auto& e) { e.since_divergence = 5000; }), "neutral");
}

TEST(Verdict, IsDivergingAboveTenTimesTheLossOfIgnoranceAndOfTheConstantRate) {
  EXPECT_EQ(verdict([](auto& e) { e.loss = std::nan(""); }), "diverging");
  EXPECT_EQ(verdict([](auto& e) { e.loss = 10; }), "oscillating");
  EXPECT_EQ(verdict([](auto& e) { e.loss = just_above(10); }), "diverging");
  EXPECT_EQ(verdict([](auto& e) {
              e.loss = 20;
              e.baseline = 2;
            }),
            "oscillating");
  EXPECT_EQ(verdict([](auto& e) {
              e.loss = just_above(20);
              e.baseline = 2;
            }),
            "diverging");
  EXPECT_EQ(verdict([](auto& e) {
              e.loss = just_above(5);
              e.ignorant_loss = 0.5;
              e.baseline.reset();
            }),
            "diverging");
}

TEST(Verdict, IsHarmingAboveFivePerCentAndFourStandardErrors) {
  const auto at = [](double baseline, double difference, double error) {
    return verdict([=](auto& e) {
      e.baseline = baseline;
      e.difference = difference;
      e.difference_error = error;
    });
  };
  EXPECT_EQ(at(1, 0.05, 0), "neutral");
  EXPECT_EQ(at(1, just_above(0.05), 0), "harming");
  EXPECT_EQ(at(-1, 0.05, 0), "neutral") << "a loss may be below zero";
  EXPECT_EQ(at(-1, just_above(0.05), 0), "harming");
  EXPECT_EQ(at(1, 0.125, 0.03125), "neutral");
  EXPECT_EQ(at(1, just_above(0.125), 0.03125), "harming");
}

TEST(Verdict, IsHelpingAboveTwoPerCentAndFourStandardErrors) {
  const auto at = [](double baseline, double difference, double error) {
    return verdict([=](auto& e) {
      e.baseline = baseline;
      e.difference = difference;
      e.difference_error = error;
    });
  };
  EXPECT_EQ(at(1, -0.02, 0), "neutral");
  EXPECT_EQ(at(1, -just_above(0.02), 0), "helping");
  EXPECT_EQ(at(-1, -0.02, 0), "neutral");
  EXPECT_EQ(at(-1, -just_above(0.02), 0), "helping");
  EXPECT_EQ(at(1, -0.125, 0.03125), "neutral");
  EXPECT_EQ(at(1, -just_above(0.125), 0.03125), "helping");
}

TEST(Verdict, OfBurstsAsksForAllThreeSignsAndForNumbers) {
  const auto at = [](double dispersion, double of_labels, double sign_changes, bool of_numbers = true) {
    return verdict([=](auto& e) {
      e.dispersion = dispersion;
      e.label_dispersion = of_labels;
      e.sign_changes = sign_changes;
      e.of_numbers = of_numbers;
    });
  };
  EXPECT_EQ(at(3, 1.5, 0.4), "oscillating");
  EXPECT_EQ(at(just_below(3), 1.25, 0.4), "neutral");
  EXPECT_EQ(at(3.5, just_above(1.75), 0.4), "neutral") << "the labels come in bursts, too";
  EXPECT_EQ(at(3, 1.5, just_below(0.4)), "neutral");
  EXPECT_EQ(at(3, 1.5, 0.4, /*of_numbers=*/false), "neutral");
}

TEST(Verdict, IsOscillatingATenthAboveTheLossOfIgnorance) {
  const auto at = [](double loss, double ignorant) {
    return verdict([=](auto& e) {
      e.loss = loss;
      e.ignorant_loss = ignorant;
      e.baseline = loss;
    });
  };
  EXPECT_EQ(at(1.1, 1), "neutral");
  EXPECT_EQ(at(just_above(1.1), 1), "oscillating");
  EXPECT_EQ(at(0.625, 0.5), "oscillating");
  EXPECT_EQ(at(0.5, 0), "neutral") << "what has no loss to know nothing by is not compared with it";
}

// What the drift itself cost is still in the means.
TEST(Verdict, LetsAnAnsweredDriftSettleForFifteenHundredSamples) {
  const auto harmed = [](std::uint64_t since) {
    return [=](auto& e) {
      e.difference = 0.2;
      e.since_answered = since;
    };
  };
  EXPECT_EQ(verdict(harmed(1499)), "neutral");
  EXPECT_EQ(verdict(harmed(1500)), "harming");
  const auto swinging = [](std::uint64_t since) {
    return [=](auto& e) {
      e.loss = 2;
      e.baseline = 2;
      e.since_answered = since;
    };
  };
  EXPECT_EQ(verdict(swinging(1499)), "neutral");
  EXPECT_EQ(verdict(swinging(1500)), "oscillating");
}

TEST(Verdict, IsOverfittingThirtyPerCentAndFourStandardErrorsAboveTheTrainingLoss) {
  const auto at = [](double train, double validation, double error) {
    return verdict([=](auto& e) {
      e.train = train;
      e.validation = validation;
      e.validation_error = error;
    });
  };
  EXPECT_EQ(at(10, 13, 0), "neutral");
  EXPECT_EQ(at(10, just_above(13), 0), "overfitting");
  EXPECT_EQ(at(-10, -7, 0), "neutral");
  EXPECT_EQ(at(-10, just_above(-7), 0), "overfitting");
  EXPECT_EQ(at(1, 2, 0.25), "neutral");
  EXPECT_EQ(at(1, just_above(2), 0.25), "overfitting");
  EXPECT_EQ(verdict([](auto& e) { e.validation = 100; }), "neutral") << "nothing to compare it with";
}

TEST(Verdict, IsStalledAfterTwoThousandSamplesWhereNothingIsLearned) {
  const auto at = [](std::uint64_t since_best, double loss, double ignorant = 1) {
    return verdict([=](auto& e) {
      e.since_best = since_best;
      e.loss = loss;
      e.ignorant_loss = ignorant;
      e.baseline = loss;
    });
  };
  EXPECT_EQ(at(1999, 0.95), "neutral");
  EXPECT_EQ(at(2000, 0.95), "stalled");
  EXPECT_EQ(at(2000, 0.9), "neutral") << "who has learned something may just have arrived";
  EXPECT_EQ(at(2000, just_above(0.9)), "stalled");
  EXPECT_EQ(at(2000, 0.5, 0.5), "stalled");
  EXPECT_EQ(at(2000, 0.5, 0), "neutral");
}

TEST(Verdict, NamesWeightDecayWhereItIsTheReasonForStandingStill) {
  const auto standing = [](double share, double rate, double loss) {
    return opinion([=](auto& e) {
      e.since_best = 2000;
      e.decay_share = share;
      e.decay_rate = rate;
      e.loss = loss;
      e.baseline = loss;
    });
  };
  EXPECT_EQ(standing(0.5, 0, 0.5).verdict, Verdict::neutral);
  EXPECT_EQ(standing(just_above(0.5), 0, 0.5).verdict, Verdict::stalled);
  EXPECT_THAT(standing(just_above(0.5), 0, 0.5).cause, HasSubstr("underfitting"));
  EXPECT_EQ(standing(0, 0.5, 0.5).verdict, Verdict::neutral) << "weights that go, but do their work";
  EXPECT_THAT(standing(0, 0.01, 0.95).cause, HasSubstr("is little better than knowing nothing"));
  EXPECT_THAT(standing(0, just_above(0.01), 0.95).cause, HasSubstr("underfitting"));
  EXPECT_THAT(standing(2, 0.99, 0.95).cause, HasSubstr("pulls 2.0 times as hard as the gradient and takes away 99 % of the weights"));
}

TEST(Verdict, TakesARateBelowAHundredthOfTheBaseForStandingStillWhereThereIsNoBaseline) {
  const auto at = [](double lr, bool baseline = false) {
    return verdict([=](auto& e) {
      e.since_best = 2000;
      e.lr = lr;
      e.base_lr = 1;
      if (!baseline) e.baseline.reset();
    });
  };
  EXPECT_EQ(at(0.01), "neutral");
  EXPECT_EQ(at(just_below(0.01)), "stalled");
  EXPECT_EQ(at(just_below(0.01), /*baseline=*/true), "neutral");
}

TEST(Verdict, BlamesTheDecayOfARateBelowHalfOfTheBase) {
  const auto harmed = [](double lr) {
    return opinion([=](auto& e) {
      e.difference = 1;
      e.base_lr = 1;
      e.lr = lr;
    });
  };
  EXPECT_THAT(harmed(0.5).remedy, HasSubstr("lower the peaks"));
  EXPECT_THAT(harmed(just_below(0.5)).cause, HasSubstr("decayed too far"));
  EXPECT_THAT(harmed(just_below(0.5)).remedy, HasSubstr("restart the schedule"));
}

TEST(Verdict, SaysByHowManyPerCentALossIsAboveAnother) {
  const auto cause = [](double baseline, double difference) {
    return opinion([=](auto& e) {
             e.baseline = baseline;
             e.difference = difference;
           })
        .cause;
  };
  EXPECT_THAT(cause(2, 2), HasSubstr("is 100 % above"));
  EXPECT_THAT(cause(0.5, 0.5), HasSubstr("is 100 % above"));
  EXPECT_THAT(cause(2, -1), HasSubstr("is 50 % below"));
  EXPECT_THAT(cause(0, 1), HasSubstr("is 0 % above")) << "there is no share of nothing";
  EXPECT_THAT(opinion([](auto& e) {
                e.train = 1;
                e.validation = 3;
              }).cause,
              HasSubstr("is 200 % above"));
  EXPECT_THAT(opinion([](auto& e) {
                e.loss = 2;
                e.sign_changes = 1;
              }).cause,
              HasSubstr("turns at 100 % of the blocks"));
}

TEST(Signs, OfASpikeAskForTwiceTheMeanAndFourStandardErrors) {
  const auto at = [](double fast, double error) {
    HealthEvidence e;
    e.train = 1;
    e.train_fast = fast;
    e.train_fast_error = error;
    return signs(e, {});
  };
  EXPECT_THAT(at(2, 0), IsEmpty());
  EXPECT_THAT(at(just_above(2), 0), ElementsAre(HasSubstr("is 2.0 times the mean")));
  EXPECT_THAT(at(3, 0.5), IsEmpty());
  EXPECT_THAT(at(just_above(3), 0.5), ElementsAre(HasSubstr("spike")));
}

TEST(Signs, OfAVanishingGradientAskForLessThanAHundredThousandthOfTheStrongest) {
  const auto layer = [](const char* name, double lr, std::optional<double> gradient) { return LayerStatus{name, lr, 1, gradient, 0.001}; };
  EXPECT_THAT(signs({}, {layer("first", 0.1, 1e-5), layer("last", 0.1, 1)}), IsEmpty());
  EXPECT_THAT(signs({}, {layer("first", 0.1, just_below(1e-5)), layer("last", 0.1, 1)}), ElementsAre(HasSubstr("of first")));
  EXPECT_THAT(signs({}, {layer("first", 1, 1e-8), layer("last", 0, 1)}), ElementsAre(HasSubstr("of first")))
      << "only a rate of 0 is frozen";
  EXPECT_THAT(signs({}, {layer("first", 0.1, 1e-7), layer("last", 0.1, std::nullopt)}), IsEmpty()) << "it is the strongest itself";
}

}  // namespace
}  // namespace rekindle
