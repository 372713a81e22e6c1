// Programs for Java whose truth is known: `java Zoo.java NAME SECONDS`.
import java.util.ArrayList;
import java.util.List;

public class Zoo {
    static final List<byte[]> kept = new ArrayList<>();

    public static void main(String[] words) throws Exception {
        long end = System.nanoTime() + (long) (1e9 * Double.parseDouble(words[1]));
        while (System.nanoTime() < end) {
            if (words[0].equals("list")) kept.add(new byte[2000]);
            for (int i = 0; i < 20; i++) new ArrayList<>(List.of(new byte[1000]));
            Thread.sleep(10);
        }
    }
}
