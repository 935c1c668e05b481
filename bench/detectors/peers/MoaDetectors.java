// MOA's detectors as one of the contestants of ./dev bench detectors; the questions are those of bench/detectors/main.cpp:
//   detect CLASS FILE COUNT SECONDS [KEY=VALUE ...]
// A process of its own for each detector: the call in the loop has one target then, and HotSpot inlines it.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import moa.classifiers.core.driftdetection.ADWIN;
import moa.classifiers.core.driftdetection.AbstractChangeDetector;

final class MoaDetectors {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private static double[] read(String path, int count) throws Exception {
    double[] values = new double[count];
    ByteBuffer.wrap(Files.readAllBytes(Path.of(path))).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(values);
    return values;
  }

  // MOA's ADWIN itself, not the wrapper that reports rises only.
  private static int passAdwin(double[] values, List<Integer> alarms) {
    ADWIN detector = new ADWIN(0.002);
    int found = 0;
    for (int i = 0; i < values.length; ++i) {
      if (detector.setInput(values[i])) {
        ++found;
        if (alarms != null) alarms.add(i);
      }
    }
    return found;
  }

  private static int pass(String type, double[] values, List<Integer> alarms) throws Exception {
    if (type.equals("ADWIN")) return passAdwin(values, alarms);
    Class<?> found = Class.forName("moa.classifiers.core.driftdetection." + type);
    AbstractChangeDetector detector = (AbstractChangeDetector) found.getDeclaredConstructor().newInstance();
    detector.prepareForUse();
    return passOver(detector, values, alarms);
  }

  private static int passOver(AbstractChangeDetector detector, double[] values, List<Integer> alarms) {
    int found = 0;
    for (int i = 0; i < values.length; ++i) {
      detector.input(values[i]);
      if (detector.getChange()) {
        ++found;
        if (alarms != null) alarms.add(i);
      }
    }
    return found;
  }

  private static String answer(String line) throws Exception {
    String[] words = line.split(" ");
    double[] values = read(words[2], Integer.parseInt(words[3]));
    double seconds = Double.parseDouble(words[4]);
    List<Integer> alarms = new ArrayList<>();
    pass(words[1], values, alarms);
    long passes = 0;
    long begun = THREADS.getCurrentThreadCpuTime();
    long now = begun;
    while (passes == 0 || now - begun < seconds * 1e9) {
      pass(words[1], values, null);
      ++passes;
      now = THREADS.getCurrentThreadCpuTime();
    }
    StringBuilder out = new StringBuilder();
    out.append((double) (now - begun) / (double) (passes * values.length));
    for (int at : alarms) out.append(' ').append(at);
    return out.toString();
  }

  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      System.out.println(answer(line));
    }
  }
}
