with payments as (
    select * from {{ ref('stg_finance__payments') }}
),

months as (
    select * from {{ ref('int_months__judged') }}
),

lines as (
    select
        payments.*,
        payments.pay_status_code = '00' and payments.paid_yuan > 0 as is_success,
        payments.pay_status_code = '00' and payments.paid_yuan < 0 as is_reversal,
        payments.pay_date <= months.pay_due_date as is_in_time
    from payments
    left join months on payments.benefit_month = months.benefit_month
),

netted as (
    select
        person_key,
        programme_code,
        benefit_month,
        max(case when is_success then pay_date end) as last_pay_date,
        cast(sum(case when is_reversal then 0 else 1 end) as integer) as lines_count,
        cast(sum(case when is_success then 1 else 0 end) as integer) as success_lines_count,
        cast(sum(case when is_success and is_in_time then 1 else 0 end) as integer) as on_time_lines_count,
        cast(sum(case when pay_status_code = '01' then 1 else 0 end) as integer) as returned_lines_count,
        cast(sum(case when is_reversal then 1 else 0 end) as integer) as reversed_lines_count,
        cast(sum(case when is_success then 1 when is_reversal then -1 else 0 end) as integer) as net_count,
        cast(
            sum(case when back_months_count <> 0 then 0 when is_success then 1 when is_reversal then -1 else 0 end) as integer
        ) as first_run_net_count,
        cast(sum(case when pay_status_code = '00' then paid_yuan else 0 end) as decimal(14, 2)) as paid_yuan,
        cast(sum(case when is_reversal or pay_status_code = '01' then 0 else due_yuan end) as decimal(14, 2)) as due_standing_yuan,
        cast(max(case when pay_status_code = '01' then due_yuan else 0 end) as decimal(14, 2)) as due_returned_yuan
    from lines
    group by person_key, programme_code, benefit_month
),

final as (
    select
        person_key,
        programme_code,
        benefit_month,
        last_pay_date,
        lines_count,
        success_lines_count,
        on_time_lines_count,
        returned_lines_count,
        reversed_lines_count,
        net_count,
        first_run_net_count,
        paid_yuan,
        -- A returned line that was paid again is due once.
        cast(case when success_lines_count > 0 then due_standing_yuan else due_standing_yuan + due_returned_yuan end as decimal(14, 2))
            as due_yuan,
        net_count >= 1 and paid_yuan > 0 as is_net_paid
    from netted
)

select * from final
