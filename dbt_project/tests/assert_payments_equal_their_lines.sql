-- Nothing is lost between the payment lines and the published sums.
with lines as (
    select
        benefit_month,
        sum(case when pay_status_code = '00' then paid_yuan else 0 end) as paid_yuan,
        sum(case when pay_status_code = '00' and paid_yuan < 0 then 0 else 1 end) as lines_count
    from {{ ref('stg_finance__payments') }}
    group by benefit_month
),

published as (
    select benefit_month, sum(paid_yuan) as paid_yuan, sum(lines_count) as lines_count
    from {{ ref('pub_payments_by_month_town') }}
    group by benefit_month
)

select coalesce(lines.benefit_month, published.benefit_month) as benefit_month
from lines
full outer join published on lines.benefit_month = published.benefit_month
where lines.paid_yuan is distinct from published.paid_yuan
    or lines.lines_count is distinct from published.lines_count
