{{ config(materialized='view') }}

with payments as (
    select * from {{ ref('stg_finance__payments') }}
),

months as (
    select * from {{ ref('int_months__judged') }}
),

final as (
    select
        payments._batch_id as batch_id,
        payments._row_number as row_number,
        payments.person_key,
        payments.payee_key,
        payments.account_key,
        payments.benefit_month,
        payments.pay_date,
        months.pay_due_date,
        payments.programme_code,
        payments.pay_status_code,
        payments.due_yuan,
        payments.paid_yuan,
        payments.back_months_count
    from payments
    left join months on payments.benefit_month = months.benefit_month
)

select * from final
